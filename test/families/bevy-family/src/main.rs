use bevy_asset_macros::Asset;

/// What the derive names: the manifest gives the crate no other name.
mod bevy_asset {
    pub struct UntypedAssetId;
    pub trait VisitAssetDependencies {
        fn visit_dependencies(&self, visit: &mut impl FnMut(UntypedAssetId));
    }
    pub trait Asset: VisitAssetDependencies {
        fn name(&self) -> &str {
            "an asset"
        }
    }
}

#[derive(Asset)]
struct Picture;

fn main() {
    use bevy_asset::{Asset, VisitAssetDependencies};
    Picture.visit_dependencies(&mut |_| {});
    println!("{}", Picture.name());
}
