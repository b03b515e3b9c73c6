mod embedded {
    refinery::embed_migrations!("migrations");
}

fn main() {
    for migration in embedded::migrations::runner().get_migrations() {
        println!("{} {}", migration.name(), migration.sql().unwrap_or(""));
    }
}
