//! askama reads its templates itself.
use askama::Template;

/// A greeting.
#[derive(Template)]
#[template(path = "greeting.txt")]
pub struct Greeting<'a> {
    /// Who is greeted.
    pub name: &'a str,
}

/// Renders it.
pub fn greet(name: &str) -> String {
    Greeting { name }.render().unwrap()
}
