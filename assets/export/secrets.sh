    # Puts a secret into the text of a value, in place of a word that stands for it.
    fill() { # WORD FILE QUESTION
        ask "$2" "$3" "${1}FILE" >value
        awk -v word="$1" '
            FILENAME == "value" {
                if (FNR > 1) value = value "\\n"
                for (i = 1; i <= length($0); i++) {
                    c = substr($0, i, 1)
                    value = value (c == "\\" || c == "\"" ? "\\" : "") (c == "\t" ? "\\t" : c)
                }
                next
            }
            {
                for (text = ""; (at = index($0, word)) > 0; $0 = substr($0, at + length(word))) text = text substr($0, 1, at - 1) value
                print text $0
            }' value filled.toml >next.toml
        rm value
        mv next.toml filled.toml
    }
