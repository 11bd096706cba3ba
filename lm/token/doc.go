// Package token turns text into token numbers and back.
//
// A [Tokenizer] is one of three kinds. [Bytes] has a token for each byte, and
// [Characters] one for each character of an alphabet; both are made on the
// spot. Byte-pair encodings of bytes, as GPT-2 and its successors use them, are
// read from tokenizer.json by [Load] or [Read].
//
// All kinds live in a folder as tokenizer.json and tokenizer_config.json, in
// Hugging Face's format. Its programs read what [Tokenizer.Save] writes and get
// the same numbers.
//
// # Text cannot forge tokens
//
// Added tokens, such as the ones that begin and end a text, are not part of
// the text. [Tokenizer.Encode] never gives one of them, whatever the text spells:
// "<eos>" in a prompt is five characters. To have them recognised is a choice,
// [Tokenizer.EncodeSpecial], for text from a source that may use them. (Hugging
// Face's programs recognise them always, unless told otherwise.) The exception is
// a token that a file adds without marking it as special and that is in the
// model's own vocabulary as well: that is a piece of text like any other.
//
// # What is read
//
// Of the many things that tokenizer.json can describe, this package knows
//
//   - models: BPE over the bytes of a text, with ignore_merges or not, and
//     WordLevel over single characters;
//   - pre-tokenizers: those of GPT-2, SmolLM (GPT-2's after single digits),
//     Llama 3 and Qwen 2, and none;
//   - normalizers: NFC and none;
//   - added tokens with any flags but single_word;
//   - post-processors: a template of tokens around a text, see [Tokenizer.Frame].
//
// Everything else is refused with the name of its field: dropout,
// byte_fallback, prefixes and suffixes of words, added leading spaces. How to
// cut or fill up batches (truncation, padding) is not a tokenizer's business
// here and is passed over.
//
// # Differences from Hugging Face's tokenizers
//
// Text need not be valid UTF-8: a byte-level tokenizer gives back every byte as
// it was, and takes a byte that belongs to no character for a punctuation mark.
// Where a byte or character has no token, and there is none for unknown ones,
// encoding fails; there, such bytes are dropped without a word. Added tokens decode
// to what they are spelled like, also if their letters could stand for bytes.
// What is a letter and a number is settled by Unicode 16, as there (save for 13
// digits of Unicode 17 that SmolLM's pre-tokenizer sets apart there); what
// composes to what under NFC, by the version that golang.org/x/text knows.
package token
