const MIGRATIONS: diesel_migrations::EmbeddedMigrations =
    diesel_migrations::embed_migrations!("migrations");

fn main() {
    let shown = format!("{:?}", std::mem::size_of_val(&MIGRATIONS));
    println!("{shown}");
}
