//! Makes foreign text harmless: what a container or a tool prints must not move the cursor, change the title,
//! fill the clipboard or reverse the reading direction.

/// Returns the text without escape sequences; other controls and bidirectional overrides made visible; tabs widened to
/// a blank. The result is one line.
pub fn sanitize(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => skip_escape(&mut rest),
            '\u{9b}' => skip_csi(&mut rest),
            '\t' => clean.push(' '),
            '\r' => {}
            c if c.is_control() || is_hostile(c) => clean.extend(c.escape_unicode()),
            c => clean.push(c),
        }
    }
    clean
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Behind an ESC: a CSI, a string (OSC, DCS, SOS, PM, APC) to its end, or intermediates and one final character.
fn skip_escape(rest: &mut Rest) {
    match rest.next() {
        Some('[') => skip_csi(rest),
        Some(']' | 'P' | 'X' | '^' | '_') => {
            while let Some(c) = rest.next() {
                if c == '\u{7}' || c == '\u{9c}' {
                    return;
                }
                if c == '\u{1b}' {
                    rest.next_if_eq(&'\\');
                    return;
                }
            }
        }
        Some(' '..='/') => {
            while rest.next_if(|c| (' '..='/').contains(c)).is_some() {}
            rest.next();
        }
        _ => {}
    }
}

fn skip_csi(rest: &mut Rest) {
    while rest.next_if(|c| (' '..='?').contains(c)).is_some() {}
    rest.next_if(|c| ('@'..='~').contains(c));
}

/// Controls beyond ASCII, and characters that reorder or hide the text around them.
pub fn is_hostile(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_go_text_stays() {
        for (dirty, clean) in [
            ("\u{1b}[31;1mERROR: \u{1b}[0;mx", "ERROR: x"),
            ("\u{1b}[!p\u{1b}]104\u{7}\u{1b}[?7hsystemd 257", "systemd 257"),
            ("\u{1b}[0;1;38:5:185mSuppressed\u{1b}[0m", "Suppressed"),
            ("\u{1b}]52;c;ZXZpbA==\u{7}after", "after"),
            ("\u{1b}]0;title\u{1b}\\after", "after"),
            ("\u{1b}(Bplain\u{1b}=", "plain"),
            ("a\u{8}b", "a\\u{8}b"),
            ("\u{202e}txt.exe", "\\u{202e}txt.exe"),
            ("soft\u{ad}ly \u{e0041}", "soft\\u{ad}ly \\u{e0041}"),
            ("tab\there\r", "tab here"),
            ("unfinished \u{1b}[12", "unfinished "),
            ("Grüße 漢字 ✓", "Grüße 漢字 ✓"),
        ] {
            assert_eq!(sanitize(dirty), clean);
        }
    }
}
