// Package manual writes down what settings mean, from the comments at their fields in
// the source: as a table that a program can print, and as a page. It is for tests that
// keep these current.
package manual

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/config"
)

// Manual is all settings of some programs, such as training algorithms, whose rooms
// lie in the folder above the test's. The zero value has none; make one with New. It is
// used by one goroutine at a time.
type Manual struct {
	t        testing.TB
	programs []string
	document func(program string) config.Document
	owners   []*owner
}

// owner is a struct that owns a section of config.toml.
type owner struct {
	section  string
	typ      reflect.Type
	programs []string // that have it
	settings []Setting
}

// Setting is a field of a settings struct as its source shows it: a setting or a table
// of settings. It is plain data.
type Setting struct {
	Name, Help, Limits string
	Table              bool
}

// New reads the settings of programs; document returns a program's own, as they are
// when nothing is set.
func New(t testing.TB, programs []string, document func(program string) config.Document) *Manual {
	t.Helper()
	m := &Manual{t: t, programs: programs, document: document}
	var order []string
	bySection := map[string][]*owner{}
	for _, name := range programs {
		place := 0
		for _, s := range document(name) {
			typ := reflect.TypeOf(s.Settings).Elem()
			key := s.Name
			if key == name { // each program's own, in one place
				key = "own"
			}
			if at := slices.Index(order, key); at < 0 {
				order = slices.Insert(order, place, key)
				place++
			} else {
				place = at + 1
			}
			i := slices.IndexFunc(bySection[key], func(o *owner) bool { return o.typ == typ })
			if i < 0 {
				i = len(bySection[key])
				bySection[key] = append(bySection[key], &owner{section: s.Name, typ: typ})
			}
			bySection[key][i].programs = append(bySection[key][i].programs, name)
		}
	}
	for _, key := range order {
		m.owners = append(m.owners, bySection[key]...)
	}
	for _, o := range m.owners {
		structs := parseStructs(t, "../"+path.Base(o.typ.PkgPath()))
		if o.settings = describeFields(t, structs, structs[o.typ.Name()], ""); len(o.settings) == 0 {
			t.Fatalf("%v has no settings", o.typ)
		}
	}
	return m
}

// parseStructs returns the struct types of a folder by name.
func parseStructs(t testing.TB, dir string) map[string]*ast.StructType {
	t.Helper()
	structs := map[string]*ast.StructType{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), dir+"/"+e.Name(), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				if s, ok := spec.Type.(*ast.StructType); ok {
					structs[spec.Name.Name] = s
				}
			}
			return true
		})
	}
	return structs
}

// describeFields lists the settings of a struct, embedded structs merged, and
// those of the structs within it, whose names begin with prefix.
func describeFields(t testing.TB, structs map[string]*ast.StructType, s *ast.StructType, prefix string) (all []Setting) {
	for _, f := range s.Fields.List {
		if f.Tag == nil {
			if name, ok := f.Type.(*ast.Ident); ok && len(f.Names) == 0 {
				all = append(all, describeFields(t, structs, structs[name.Name], prefix)...)
			}
			continue
		}
		tag := reflect.StructTag(strings.Trim(f.Tag.Value, "`"))
		name := tag.Get("toml")
		if name == "" || strings.HasPrefix(name, ",") {
			continue
		}
		help := strings.Join(strings.Fields(f.Doc.Text()), " ")
		if below := describeTable(t, structs, f.Type, prefix+name+"."); len(below) > 0 {
			all = append(append(all, Setting{Name: prefix + name, Help: help, Table: true}), below...)
			continue
		}
		limits := tag.Get("range")
		if limits == "" {
			limits = strings.ReplaceAll(tag.Get("oneof"), " ", ", ")
		}
		all = append(all, Setting{prefix + name, help, limits, false})
	}
	return all
}

// describeTable lists the settings of a field that is a struct, of its own room or of
// another; nil if it is none.
func describeTable(t testing.TB, structs map[string]*ast.StructType, field ast.Expr, prefix string) []Setting {
	name := ""
	switch typ := field.(type) {
	case *ast.Ident:
		name = typ.Name
	case *ast.SelectorExpr:
		structs, name = parseStructs(t, "../"+typ.X.(*ast.Ident).Name), typ.Sel.Name
	}
	if structs[name] == nil {
		return nil
	}
	return describeFields(t, structs, structs[name], prefix)
}
