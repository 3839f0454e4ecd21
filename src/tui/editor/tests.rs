use super::*;
use proptest::prelude::*;

fn open(text: &str) -> Editor {
    Editor::new(&Secret::new(text)).unwrap()
}

fn press(editor: &mut Editor, code: KeyCode) {
    editor.key(KeyEvent::new(code, KeyModifiers::NONE), 10);
}

fn shift(editor: &mut Editor, code: KeyCode) {
    editor.key(KeyEvent::new(code, KeyModifiers::SHIFT), 10);
}

fn say(editor: &mut Editor, text: &str) {
    text.chars().for_each(|c| press(editor, if c == '\n' { KeyCode::Enter } else { KeyCode::Char(c) }));
}

fn hidden(editor: &Editor, row: usize) -> Vec<(usize, usize)> {
    editor.hidden(row).into_iter().map(|part| (part.start, part.end)).collect()
}

fn text(editor: &Editor) -> String {
    editor.buffer.text().expose_str().to_owned()
}

#[test]
fn a_step_back_is_a_word_and_not_a_character() {
    let mut editor = open("a = 1\n");
    press(&mut editor, KeyCode::End);
    say(&mut editor, " # two words");
    assert_eq!(text(&editor), "a = 1 # two words\n");
    let mut steps = vec![];
    while editor.unsaved() {
        editor.undo();
        steps.push(text(&editor));
    }
    assert_eq!(steps, ["a = 1 # two \n", "a = 1 # \n", "a = 1 \n", "a = 1\n"]);
    editor.redo();
    editor.redo();
    assert_eq!(text(&editor), "a = 1 # \n");
    say(&mut editor, "x");
    editor.redo();
    assert_eq!(editor.notice, "There is nothing to redo.");
}

#[test]
fn erasing_is_one_step_and_moving_ends_a_step() {
    let mut editor = open("abcdef");
    press(&mut editor, KeyCode::End);
    for _ in 0..3 {
        press(&mut editor, KeyCode::Backspace);
    }
    press(&mut editor, KeyCode::Home);
    for _ in 0..2 {
        press(&mut editor, KeyCode::Delete);
    }
    assert_eq!(text(&editor), "c");
    editor.undo();
    assert_eq!(text(&editor), "abc");
    editor.undo();
    assert_eq!(text(&editor), "abcdef");
    say(&mut editor, "x");
    press(&mut editor, KeyCode::Right);
    press(&mut editor, KeyCode::Left);
    say(&mut editor, "y");
    editor.undo();
    assert_eq!(text(&editor), "abcdefx");
}

#[test]
fn what_is_selected_is_replaced() {
    let mut editor = open("one\ntwo\nthree\n");
    shift(&mut editor, KeyCode::Down);
    shift(&mut editor, KeyCode::Right);
    assert_eq!(editor.buffer.selection(), Some((0, 0)..(1, 1)));
    say(&mut editor, "x");
    assert_eq!(text(&editor), "xwo\nthree\n");
    editor.undo();
    assert_eq!(text(&editor), "one\ntwo\nthree\n");
    shift(&mut editor, KeyCode::Down);
    press(&mut editor, KeyCode::Enter);
    assert_eq!(text(&editor), "one\nt\nhree\n");
    shift(&mut editor, KeyCode::Up);
    press(&mut editor, KeyCode::Left);
    assert_eq!(editor.buffer.selection(), None);
}

#[test]
fn a_new_line_begins_under_the_one_before_and_lines_are_moved_in_and_out() {
    let mut editor = open("  a = 1\n");
    press(&mut editor, KeyCode::End);
    say(&mut editor, "\nb");
    assert_eq!(text(&editor), "  a = 1\n  b\n");
    editor.buffer.select_all();
    press(&mut editor, KeyCode::Tab);
    assert_eq!(text(&editor), "    a = 1\n    b\n");
    press(&mut editor, KeyCode::BackTab);
    assert_eq!(text(&editor), "    a = 1\n  b\n", "the cursor's line alone");
    editor.undo();
    editor.undo();
    assert_eq!(text(&editor), "  a = 1\n  b\n");
}

#[test]
fn searching_and_replacing() {
    let mut editor = open("one\ntwo\none.x\n");
    editor.find("one");
    editor.next(false);
    assert_eq!(editor.buffer.cursor(), (2, 0));
    editor.find("o.e");
    assert!(!editor.notice.is_empty(), "the search takes text, not patterns");
    editor.buffer.jump((0, 0), false);
    editor.ask(prompt::Ask::Replace);
    say(&mut editor, ""); // keys of a question do not reach the text
    for c in "ONE".chars() {
        editor.prompt_key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
    }
    assert!(editor.notice.contains("is not in the text"), "capitals count: {}", editor.notice);
    editor.ask(prompt::Ask::Replace);
    editor.prompt_paste("one");
    editor.answer();
    editor.prompt_paste("1");
    editor.answer();
    assert_eq!((text(&editor).as_str(), editor.buffer.cursor()), ("1\ntwo\none.x\n", (2, 0)));
    editor.undo();
    editor.replace_all();
    assert_eq!((text(&editor).as_str(), editor.notice.as_str()), ("1\ntwo\n1.x\n", "Replaced 2 places."));
    editor.undo();
    assert_eq!(text(&editor), "one\ntwo\none.x\n", "all of them are one step");
}

#[test]
fn a_whole_text_is_one_step_and_its_form_comes_along() {
    let mut editor = open("a = 1\r\nb = 2\r\nc = 3\r\n");
    assert!(editor.set(&Secret::new("a = 1\nx = 2\nc = 3")));
    assert_eq!(text(&editor), "a = 1\nx = 2\nc = 3");
    editor.undo();
    assert_eq!(text(&editor), "a = 1\r\nb = 2\r\nc = 3\r\n");
    editor.redo();
    assert_eq!(text(&editor), "a = 1\nx = 2\nc = 3");
    assert!(!editor.set(&Secret::new("a = 1\nx = 2\nc = 3")));
}

#[test]
fn what_podman_would_refuse_is_refused() {
    let large = "#".repeat(50_000) + "\n";
    assert!(Editor::new(&Secret::new(large.repeat(11))).err().unwrap().contains("must be smaller than 512000"));
    let mut editor = open(&large.repeat(10));
    editor.paste(&large);
    assert!(editor.notice.contains("must be smaller"), "{}", editor.notice);
    assert!(!editor.unsaved(), "and nothing of it is put in");
    assert!(Editor::new(&Secret::new("\n".repeat(70_000))).err().unwrap().contains("at most 65000"));
    assert!(Editor::new(&Secret::new("#".repeat(70_000))).err().unwrap().contains("at most 60000"));
}

#[test]
fn secrets_are_hidden_from_the_first_moment_and_while_they_are_typed() {
    let mut editor = open("[[runners]]\ntoken = \"glrt-x\"\n");
    assert_eq!(hidden(&editor, 1), [(9, 15)]);
    editor.buffer.jump((1, 15), false);
    say(&mut editor, "yz");
    assert_eq!(hidden(&editor, 1), [(9, 17)]);
    press(&mut editor, KeyCode::Home);
    say(&mut editor, "\n");
    assert_eq!(hidden(&editor, 2), [(9, 17)]);
    assert!(editor.hidden(1).is_empty() && !format!("{editor:?}").contains("glrt"));
}

#[derive(Clone, Debug)]
enum Do {
    Press(KeyCode),
    Shift(KeyCode),
    Paste(String),
    Cut,
    Put,
    Undo,
    Redo,
    Set(String),
}

fn deeds() -> impl Strategy<Value = Vec<Do>> {
    use KeyCode::{Backspace, Delete, Down, End, Enter, Home, Left, PageDown, Right, Tab, Up};
    let key =
        || proptest::sample::select(vec![Backspace, Delete, Down, End, Enter, Home, Left, PageDown, Right, Tab, Up]);
    let deed = prop_oneof![
        4 => "[ab= \"漢]".prop_map(|text| Do::Press(KeyCode::Char(text.chars().next().unwrap()))),
        4 => key().prop_map(Do::Press),
        2 => key().prop_map(Do::Shift),
        1 => "[a\n\r\"#]{0,8}".prop_map(Do::Paste),
        1 => Just(Do::Cut),
        1 => Just(Do::Put),
        2 => Just(Do::Undo),
        1 => Just(Do::Redo),
        1 => "(\u{feff})?([ab]|\r\n|\n){0,8}".prop_map(Do::Set),
    ];
    proptest::collection::vec(deed, 0..40)
}

proptest! {
    /// Whatever is done: the counts are right, the colours are those of the text, and all of it can be taken back to
    /// the very bytes.
    #[test]
    fn all_can_be_taken_back(start in "(\u{feff})?([ab=\"#é]|\r\n|\n|\r){0,30}", deeds in deeds()) {
        let mut editor = open(&start);
        for deed in deeds {
            let before = text(&editor);
            match deed {
                Do::Press(code) => press(&mut editor, code),
                Do::Shift(code) => shift(&mut editor, code),
                Do::Paste(text) => editor.paste(&text),
                Do::Cut => _ = editor.cut(),
                Do::Put => editor.put(),
                Do::Undo => editor.undo(),
                Do::Redo => editor.redo(),
                Do::Set(text) => _ = editor.set(&Secret::new(text)),
            }
            let now = text(&editor);
            prop_assert_eq!(editor.buffer.bytes(), now.len());
            prop_assert!(now == before || editor.buffer.version() > 0);
            let fresh = toml::Highlight::new(editor.buffer.lines());
            for row in 0..editor.buffer.lines().len() {
                prop_assert_eq!(editor.buffer.highlight().line(row), fresh.line(row));
            }
            let at = editor.buffer.offset(editor.buffer.cursor());
            prop_assert!(now.is_char_boundary(at));
            prop_assert_eq!(editor.buffer.place(at), editor.buffer.cursor());
        }
        let last = text(&editor);
        let mut steps = 0;
        while { editor.undo(); editor.notice.is_empty() } {
            steps += 1;
        }
        prop_assert_eq!(text(&editor), start);
        prop_assert!(!editor.unsaved());
        for _ in 0..steps {
            editor.redo();
        }
        prop_assert_eq!(text(&editor), last);
    }
}

#[test]
fn what_goes_over_several_lines_is_found_and_replaced() {
    let mut editor = Editor::new(&Secret::new("a = 1\r\nb = 2\r\nc = 3\r\na = 1\r\nb = 2\r\n")).unwrap();
    editor.ask(prompt::Ask::Replace);
    editor.prompt_paste("a = 1\r\nb");
    assert_eq!(editor.buffer.selection(), Some((0, 0)..(1, 1)), "it is seen");
    editor.prompt_field();
    editor.prompt_paste("x\ny\nb");
    editor.answer();
    assert_eq!(editor.buffer.text().expose_str(), "x\r\ny\r\nb = 2\r\nc = 3\r\na = 1\r\nb = 2\r\n");
    assert_eq!(editor.buffer.cursor(), (4, 0), "on to the next place");
    editor.undo();
    editor.replace_all();
    assert_eq!(editor.notice, "Replaced 2 places.");
    assert_eq!(editor.buffer.text().expose_str(), "x\r\ny\r\nb = 2\r\nc = 3\r\nx\r\ny\r\nb = 2\r\n");
}
