package proximal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/proximal-rl/proximal"

// mayImport is the architecture: for each room, the rooms that it may import.
// Do not widen it to make a build pass; a change here needs its reason in
// docs/decisions.
var mayImport = map[string]string{
	"":                    "",
	"seed":                "",
	"space":               "seed",
	"env":                 "seed space",
	"env/classic":         "env seed space internal/libm internal/raster",
	"env/box2d":           "env seed space internal/physics internal/libm internal/raster",
	"env/catalog":         "env env/classic env/box2d config",
	"env/envtest":         "env seed space",
	"prob":                "internal/kernel seed",
	"nn":                  "internal/kernel seed",
	"optim":               "internal/kernel internal/parallel",
	"checkpoint":          "",
	"config":              "",
	"policy":              "nn prob seed space checkpoint internal/kernel",
	"rollout":             "env policy seed space internal/parallel",
	"advantage":           "internal/kernel",
	"objective":           "internal/kernel",
	"record":              "",
	"render":              "env",
	"explain":             "objective internal/libm",
	"plot":                "record",
	"align":               "align/task advantage objective optim region prob lm lm/token seed checkpoint config record internal/parallel internal/kernel internal/clock internal/libm",
	"align/task":          "seed lm/token config internal/libm",
	"lm":                  "nn seed config internal/kernel internal/parallel internal/libm",
	"lm/token":            "config",
	"region":              "objective optim seed",
	"train":               "seed space env prob nn optim checkpoint config policy rollout advantage objective record region internal/parallel internal/kernel internal/clock",
	"preset":              "train align region config optim policy rollout nn lm",
	"study":               "seed record train align align/task preset config",
	"internal/kernel":     "",
	"internal/parallel":   "",
	"internal/libm":       "",
	"internal/physics":    "internal/libm",
	"internal/clock":      "",
	"internal/raster":     "",
	"internal/gradcheck":  "",
	"internal/golden":     "",
	"internal/manual":     "config",
	"internal/replay":     "env seed space",
	"cmd/proximal":        "*",
	"examples/customenv":  "*",
	"examples/service":    "*",
	"examples/verifiable": "*",
	"tools/compare":       "*",
}

// Limits of size. Whoever needs more should look for the second noun.
const (
	maxFileLines     = 500
	maxFunctionLines = 100
)

// badRooms are names that would take in anything.
var badRooms = []string{"common", "core", "base", "util", "utils", "helper", "helpers", "misc", "pkg"}

// source is one Go file of the module.
type source struct {
	path, room string
	test       bool
	lines      int
	file       *ast.File
	positions  *token.FileSet
}

func TestImportsFollowTheTable(t *testing.T) {
	rooms := map[string]bool{}
	for _, s := range sources(t) {
		rooms[s.room] = true
		allowed, known := mayImport[s.room]
		if !known {
			t.Errorf("%s: room %q has no line in the table", s.path, s.room)
			continue
		}
		if s.test || allowed == "*" {
			continue
		}
		for _, i := range s.file.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			room, ours := strings.CutPrefix(path, module+"/")
			if ours && !slices.Contains(strings.Fields(allowed), room) {
				t.Errorf("%s: room %q must not import %q", s.path, s.room, room)
			}
		}
	}
	for room := range mayImport {
		if !rooms[room] {
			t.Errorf("the table has a line for %q, which does not exist", room)
		}
	}
}

func TestRoomsAreNouns(t *testing.T) {
	for room := range mayImport {
		for _, part := range strings.Split(room, "/") {
			if slices.Contains(badRooms, part) {
				t.Errorf("room %q: %q takes in anything", room, part)
			}
		}
	}
}

func TestFilesAndFunctionsAreShort(t *testing.T) {
	for _, s := range sources(t) {
		if ast.IsGenerated(s.file) {
			continue
		}
		if s.lines > maxFileLines {
			t.Errorf("%s has %d lines, more than %d", s.path, s.lines, maxFileLines)
		}
		if s.room == "internal/kernel" || s.test {
			continue
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			first, last := s.positions.Position(f.Pos()).Line, s.positions.Position(f.End()).Line
			if n := last - first + 1; n > maxFunctionLines {
				t.Errorf("%s: %s has %d lines, more than %d", s.path, f.Name.Name, n, maxFunctionLines)
			}
		}
	}
}

// TestAssemblyAndUnsafeStayInTheKernel keeps what the compiler cannot check in
// one place.
func TestAssemblyAndUnsafeStayInTheKernel(t *testing.T) {
	for _, s := range sources(t) {
		for _, i := range s.file.Imports {
			if i.Path.Value == `"unsafe"` && s.room != "internal/kernel" {
				t.Errorf("%s imports unsafe", s.path)
			}
		}
	}
	walk(t, func(path string) {
		if filepath.Ext(path) == ".s" && filepath.ToSlash(filepath.Dir(path)) != "internal/kernel" {
			t.Errorf("%s: assembly outside internal/kernel", path)
		}
	})
}

// sources parses every Go file of the module in this process, so that the test
// cache sees which files the result depends on.
func sources(t *testing.T) (all []source) {
	t.Helper()
	walk(t, func(path string) {
		if filepath.Ext(path) != ".go" {
			return
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		positions := token.NewFileSet()
		file, err := parser.ParseFile(positions, path, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		room := filepath.ToSlash(filepath.Dir(path))
		if room == "." {
			room = ""
		}
		all = append(all, source{
			path: path, room: room, test: strings.HasSuffix(path, "_test.go"),
			lines: strings.Count(string(text), "\n"), file: file, positions: positions,
		})
	})
	return all
}

// walk visits the files of the module, leaving out what the go command leaves
// out too: folders that begin with a dot or an underscore, and testdata.
func walk(t *testing.T, visit func(path string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path != "." && (strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_") || d.Name() == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		visit(path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
