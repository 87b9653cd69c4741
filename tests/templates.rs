//! scratch
use signoff::{facts, template::Templates};
#[test]
fn look() {
    let t = Templates::builtin();
    for e in t.check("approval", &facts::approval_samples()) { println!("{e}"); }
    for n in ["uncovered", "notice", "failure"] { for e in t.check(n, &facts::samples()) { println!("{e}"); } }
    for e in t.check("uncovered", &facts::approval_samples()) { println!("{e}"); }
    println!("{}", serde_json::to_string_pretty(&t.render("approval", &facts::approval_samples()[1]).unwrap()).unwrap());
    println!("{}", serde_json::to_string_pretty(&t.render("approval", &facts::approval_samples()[4]).unwrap()).unwrap());
    println!("{}", serde_json::to_string_pretty(&t.render("notice", &facts::samples()[0]).unwrap()).unwrap());
    println!("{}", serde_json::to_string_pretty(&t.render("failure", &facts::samples()[1]).unwrap()).unwrap());
}
