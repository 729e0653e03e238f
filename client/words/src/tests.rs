use super::{Book, Complaint, book};

/// One area `page` in each language.
fn of(english: &str, italian: &str, portuguese: &str) -> Result<Book, Vec<Complaint>> {
    let area = |text: &str| vec![("page".to_owned(), text.to_owned())];
    book(&[area(english), area(italian), area(portuguese)])
}

#[track_caller]
fn refused(english: &str, italian: &str, portuguese: &str) -> String {
    let complaints = of(english, italian, portuguese).expect_err("there is something wrong");
    let said: Vec<String> = complaints.iter().map(ToString::to_string).collect();
    said.join("\n")
}

#[test]
fn a_message_becomes_a_field_in_each_language() {
    let book = of(
        "sign-in = Sign in\n",
        "sign-in = Accedi\n",
        "sign-in = Entrar\n",
    );
    let rust = book.expect("nothing is wrong").rust();
    for line in [
        "    pub sign_in: &'static str,",
        "    sign_in: \"Sign in\",",
        "    sign_in: \"Accedi\",",
        "    file.word(&mut words.sign_in);",
    ] {
        assert!(rust.contains(line), "{line}\n{rust}");
    }
}

#[test]
fn a_variable_stands_in_braces() {
    let text = "a = { $who } sees it\n";
    let rust = of(text, text, text).expect("nothing is wrong").rust();
    assert!(rust.contains("a: \"{who} sees it\","), "{rust}");
}

#[test]
fn each_language_has_its_plurals() {
    let english = "n = { $count ->\n    [one] one\n   *[other] { $count } all\n }\n";
    let italian = "n = { $count ->\n  [0] zero\n  [one] uno\n  [many] tanti\n *[other] { $count } tutti\n }\n";
    let book = of(english, italian, english).expect("nothing is wrong");
    let rust = book.rust();
    let all = "\"{count} all\"";
    let counted = format!("n: Counted([\"\", {all}, \"one\", {all}, {all}, {all}, {all}]),");
    assert!(rust.contains(&counted), "{rust}");
    let (name, text) = &book.pages()[0];
    assert!(
        name.starts_with("words/it-") && name.ends_with(".txt"),
        "{name}"
    );
    let t = "{count} tutti";
    assert_eq!(text, &format!("zero\n{t}\nuno\n{t}\n{t}\ntanti\n{t}\n"));
}

#[test]
fn a_page_follows_the_order_of_english() {
    let english = "a = a\nb =\n    .title = t\n    .next = n\n";
    let italian = "b =\n    .next = poi\n    .title = titolo\na = prima\n";
    let book = of(english, italian, english).expect("nothing is wrong");
    assert_eq!(book.pages()[0].1, "prima\ntitolo\npoi\n");
    let constant = "b: Explained { title: \"titolo\", next: \"poi\" },";
    assert!(book.rust().contains(constant), "{}", book.rust());
}

#[test]
fn terms_and_broken_lines_are_put_together() {
    let text = "-name = Sidecam\na = This is\n    { -name }, { \"\" }at last\n";
    let rust = of(text, text, text).expect("nothing is wrong").rust();
    assert!(rust.contains("a: \"This is Sidecam, at last\","), "{rust}");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let cases = [
        (
            "a = a\nb = b\n",
            "a = a\n",
            "en/page.ftl:2: b is missing in it/page.ftl",
        ),
        (
            "a = a\n",
            "a = a\n\nc = c\n",
            "it/page.ftl:3: English has no c",
        ),
        (
            "a = a\n",
            "a = { $who }\n",
            "it/page.ftl:1: a: English has no $who here",
        ),
        (
            "a = { $who }\n",
            "a = a\n",
            "it/page.ftl:1: a: $who is not said",
        ),
        (
            "a = a\n",
            "a = a\na = b\n",
            "it/page.ftl:2: this name is used above",
        ),
        (
            "a = a\n",
            "a = { $count ->\n   *[other] b\n }\n",
            "it/page.ftl:1: a: English has no $count here",
        ),
        (
            "a = { $count ->\n   *[other] b\n }\n",
            "a = { $count ->\n    [few] c\n   *[other] b\n }\n",
            "it/page.ftl:2: it counts by one, many, other, or [0]; not by few",
        ),
        (
            "a = a\n",
            "a = a { NUMBER($who) }\n",
            "it/page.ftl:1: only variables, terms and plain quotes stand in braces",
        ),
        (
            "a = a\n",
            "a = b\nüber = c\n",
            "it/page.ftl:2: Expected one of",
        ),
    ];
    for (english, italian, expected) in cases {
        let said = refused(english, italian, english);
        assert!(said.contains(expected), "{said}\n  instead of\n{expected}");
    }
    let cases = [
        ("type = a\n", "en/page.ftl:1: a name is of small letters"),
        (
            "a = a\n    .title = b\n",
            "en/page.ftl:1: a message has a text or attributes",
        ),
        (
            "a =\n    .title = b\n",
            "en/page.ftl:1: attributes are .title and .next",
        ),
    ];
    for (text, expected) in cases {
        let said = refused(text, "a = a\n", "a = a\n");
        assert!(said.contains(expected), "{said}\n  instead of\n{expected}");
    }
}

#[test]
fn a_file_that_one_language_lacks_is_missed() {
    let area = |name: &str| (name.to_owned(), "a = a\n".to_owned());
    let both = || vec![area("page"), area("people")];
    let said = book(&[both(), vec![area("page")], both()]).expect_err("one is missing");
    assert_eq!(
        said[0].to_string(),
        "en/people.ftl:1: there is no it/people.ftl"
    );
    let said = book(&[vec![area("page")], both(), vec![area("page")]]).expect_err("one too many");
    assert_eq!(
        said[0].to_string(),
        "it/people.ftl:1: English has no such file"
    );
}

#[test]
fn the_words_of_the_page_are_in_order() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    if let Err(complaints) = super::read(folder) {
        let said: Vec<String> = complaints.iter().map(ToString::to_string).collect();
        panic!("{}", said.join("\n"));
    }
}
