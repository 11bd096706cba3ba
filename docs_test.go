package proximal_test

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/record"
)

// documents are the pages for people.
func documents(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	walk(t, func(path string) {
		if strings.HasPrefix(filepath.ToSlash(path), "docs/") && filepath.Ext(path) == ".md" {
			pages = append(pages, path)
		}
	})
	return pages
}

var (
	link   = regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`)
	quoted = regexp.MustCompile("`([^`\n]+)`")
	symbol = regexp.MustCompile(`^([a-z][a-z0-9]*)\.([A-Z][A-Za-z0-9]*)$`)
	metric = regexp.MustCompile(`^(rollout|policy|value|optim|guard|natural|auxiliary|text|sft|pairs|eval|time)/[a-z0-9_]+$`)
	test   = regexp.MustCompile(`^Test[A-Z][A-Za-z0-9]*$`)
	place  = regexp.MustCompile(`^[a-z][a-z0-9/_]*(\.go|\.md|\.sh|/)$`)
)

// TestDocumentsNameWhatExists: links lead somewhere, and files, symbols and
// metrics that pages name are there.
func TestDocumentsNameWhatExists(t *testing.T) {
	exported := exportedNames(t)
	for _, page := range documents(t) {
		if page == "THIRD_PARTY.md" {
			continue
		}
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(data), -1) {
			if !strings.Contains(m[1], "://") && !exists(filepath.Join(filepath.Dir(page), m[1])) {
				t.Errorf("%s links to %s, which does not exist", page, m[1])
			}
		}
		for _, m := range quoted.FindAllStringSubmatch(string(data), -1) {
			name := m[1]
			if s := symbol.FindStringSubmatch(name); s != nil && exists(s[1]) && !exported[name] {
				t.Errorf("%s names %s, which does not exist", page, name)
			}
			if test.MatchString(name) && !exported[name] {
				t.Errorf("%s names %s, which does not exist", page, name)
			}
			if _, err := record.Find(name); metric.MatchString(name) && !exists(name) && err != nil {
				t.Errorf("%s names the metric %s: %v", page, name, err)
			}
			if name != "testdata/" && place.MatchString(name) && strings.Contains(name, "/") && !exists(name) {
				t.Errorf("%s names %s, which does not exist", page, name)
			}
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(filepath.FromSlash(path))
	return err == nil
}

// exportedNames are the top-level names of each room, as room.Name, and those of
// tests by themselves.
func exportedNames(t *testing.T) map[string]bool {
	names := map[string]bool{}
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			for _, name := range declared(d) {
				if s.test {
					names[name] = true
					continue
				}
				names[filepath.Base(s.room)+"."+name] = true
			}
		}
	}
	return names
}

// declared are the names that a declaration gives.
func declared(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		names = append(names, d.Name.Name)
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, n := range s.Names {
					names = append(names, n.Name)
				}
			}
		}
	}
	return names
}
