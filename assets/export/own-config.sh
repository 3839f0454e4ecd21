    # The configuration as it is elsewhere, with what was registered here in it.
    [ "$(registered)" -ge %RUNNERS% ] || fail 'There are fewer registrations than runners: one token a line is needed.'
    cat >base.toml %TEXT%
    # Puts the lines of a runner that was registered in the place of the line that asks for them.
    awk '
        FILENAME == "config.toml" && /^\[\[runners]]/ { runner++; top = 1; next }
        FILENAME == "config.toml" && /^ *\[/ { top = 0 }
        FILENAME == "config.toml" { if (top) { key = $1; line[runner, key] = $0 }; next }
        $1 == "pipglr_registered" {
            gsub(/"/, "")
            indent = $0
            sub(/[^ \t].*/, "", indent)
            for (i = 4; i <= NF; i++) if (($3, $i) in line) { text = line[$3, $i]; sub(/^[ \t]*/, indent, text); print text }
            next
        }
        { print }' config.toml base.toml >filled.toml
%SECRETS%
    rm base.toml
    mv filled.toml config.toml
