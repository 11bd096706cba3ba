// Command _gen writes the assembly of package kernel for amd64: one file of
// instructions and one of Go declarations for each level.
//
//go:generate go run . -level avx512 -out ../avx512_amd64.s -stubs ../avx512_amd64.go -pkg kernel
//go:generate go run . -level avx2 -out ../avx2_amd64.s -stubs ../avx2_amd64.go -pkg kernel
package main

import (
	"flag"
	"log"

	"github.com/mmcloughlin/avo/build"
)

func main() {
	level := flag.String("level", "", "avx512 or avx2")
	flag.Parse()
	var m machine
	switch *level {
	case "avx512":
		m = avx512
	case "avx2":
		m = avx2
	default:
		log.Fatalf("no level %q", *level)
	}
	build.ConstraintExpr("amd64,!noasm")
	m.strip()
	m.transpose()
	m.elements()
	m.reductions()
	m.softmax()
	m.saturate()
	build.Generate()
}
