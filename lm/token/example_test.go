package token_test

import (
	"fmt"

	"github.com/proximal-rl/proximal/lm/token"
)

func ExampleCharacters() {
	t, err := token.Characters("0123456789+=", token.Special{Begin: "<bos>", End: "<eos>"})
	if err != nil {
		panic(err)
	}
	tokens, err := t.Encode([]int32{t.Begin()}, "12+34=46")
	if err != nil {
		panic(err)
	}
	fmt.Println(tokens, t.Size())
	fmt.Printf("%s\n", t.Decode(nil, append(tokens, t.End())))
	_, err = t.Encode(nil, "12-3")
	fmt.Println(err)
	// Output:
	// [12 1 2 10 3 4 11 4 6] 14
	// 12+34=46
	// encode text: character "-" has no token
}

func ExampleBytes() {
	t, err := token.Bytes(token.Special{End: "<eos>"})
	if err != nil {
		panic(err)
	}
	plain, err := t.Encode(nil, "é<eos>")
	if err != nil {
		panic(err)
	}
	special, err := t.EncodeSpecial(nil, "é<eos>")
	if err != nil {
		panic(err)
	}
	fmt.Println(plain)
	fmt.Println(special)
	fmt.Printf("%s %s\n", t.Decode(nil, special), t.DecodeSpecial(nil, special))
	// Output:
	// [195 169 60 101 111 115 62]
	// [195 169 256]
	// é é<eos>
}

func ExampleLoad() {
	t, err := token.Load("testdata/saved/characters")
	if err != nil {
		panic(err)
	}
	tokens, err := t.Encode(nil, "abc?")
	if err != nil {
		panic(err)
	}
	fmt.Println(tokens, t.Unknown())
	// Output: [0 1 2 41] 41
}

func ExampleRead() {
	_, err := token.Read([]byte(`{"model": {"type": "BPE"}, "pre_tokenizer": {"type": "Metaspace"}}`), nil)
	fmt.Println(err)
	// Output: tokenizer.json: pre_tokenizer.type: unknown pre-tokenizer "Metaspace"; there are: ByteLevel, Digits, Split, Sequence
}

func ExampleStream() {
	t, err := token.Bytes(token.Special{})
	if err != nil {
		panic(err)
	}
	tokens, err := t.Encode(nil, "né")
	if err != nil {
		panic(err)
	}
	s := t.Stream()
	for _, id := range tokens {
		fmt.Printf("%d %q\n", id, s.Next(nil, id))
	}
	// Output:
	// 110 "n"
	// 195 ""
	// 169 "é"
}
