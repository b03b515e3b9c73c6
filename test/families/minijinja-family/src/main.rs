fn main() {
    let mut environment = minijinja::Environment::new();
    minijinja_embed::load_templates!(&mut environment);
    println!("{}", environment.get_template("hello.txt").unwrap().render(()).unwrap());
}
