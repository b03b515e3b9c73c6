//! prost-build from a descriptor made here, so that no protoc is needed.
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet};

fn main() {
    let field = FieldDescriptorProto {
        name: Some("count".into()),
        number: Some(1),
        label: Some(1),
        r#type: Some(5),
        json_name: Some("count".into()),
        ..Default::default()
    };
    let message = DescriptorProto { name: Some("Tally".into()), field: vec![field], ..Default::default() };
    let file = FileDescriptorProto {
        name: Some("tally.proto".into()),
        package: Some("tally".into()),
        syntax: Some("proto3".into()),
        message_type: vec![message],
        ..Default::default()
    };
    prost_build::Config::new().compile_fds(FileDescriptorSet { file: vec![file] }).unwrap();
    println!("cargo:rerun-if-changed=build.rs");
}
