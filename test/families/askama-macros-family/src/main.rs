use askama::Template;

#[derive(Template)]
#[template(path = "hello.txt")]
struct Hello<'a> {
    name: &'a str,
}

fn main() {
    print!("{}", Hello { name: "world" }.render().unwrap());
}
