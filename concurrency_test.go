package proximal_test

import (
	"go/ast"
	"regexp"
	"strings"
	"testing"
)

// concurrency is how a type's comment can say who may use it at once.
var concurrency = regexp.MustCompile(`concurren|goroutine|plain data|plain value|immutable|only read|may be shared|safe to share`)

// TestPublicTypesSayWhoMayUseThemAtOnce: whether they are safe for concurrent
// use, or that they are plain data.
func TestPublicTypesSayWhoMayUseThemAtOnce(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || s.file.Name.Name == "main" || strings.HasPrefix(s.room, "internal/") {
			continue
		}
		for _, d := range s.file.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range decl.Specs {
				typ, ok := spec.(*ast.TypeSpec)
				if !ok || !typ.Name.IsExported() || !stateful(typ) {
					continue
				}
				doc := decl.Doc.Text() + typ.Doc.Text()
				if !concurrency.MatchString(strings.Join(strings.Fields(doc), " ")) {
					t.Errorf("%s: the comment of %s does not say whether it is safe for concurrent use", s.path, typ.Name.Name)
				}
			}
		}
	}
}

// stateful reports whether a type can hold something that two goroutines could
// meet at.
func stateful(t *ast.TypeSpec) bool {
	_, ok := t.Type.(*ast.StructType)
	return ok
}
