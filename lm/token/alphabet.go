package token

// In tokenizer.json every byte of a text is spelled as one visible character, a
// habit that GPT-2 began: printable characters of Latin-1 stand for themselves,
// and the other bytes, in their order, are U+0100 and the following ones.

// spelling and meaning are that alphabet and its inverse.
var spelling, meaning = byteAlphabet()

func byteAlphabet() (spelling [256]rune, meaning map[rune]byte) {
	meaning = make(map[rune]byte, len(spelling))
	next := rune(0x100)
	for b := range spelling {
		r := rune(b)
		visible := '!' <= r && r <= '~' || '¡' <= r && r <= '¬' || '®' <= r && r <= 'ÿ'
		if !visible {
			r = next
			next++
		}
		spelling[b], meaning[r] = r, byte(b)
	}
	return spelling, meaning
}

// unspell returns the bytes that are spelled so; ok is false if a character is
// not of the alphabet.
func unspell(spelled string) (bytes string, ok bool) {
	plain := make([]byte, 0, len(spelled))
	for _, r := range spelled {
		b, ok := meaning[r]
		if !ok {
			return "", false
		}
		plain = append(plain, b)
	}
	return string(plain), true
}
