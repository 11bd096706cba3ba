package physics_test

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
	"testing"
)

// TestProductsAreConverted demands of this package and of the tasks on top of it
// that every floating-point product is the argument of a conversion, as in
// float32(x*y) + z. Otherwise the compiler may fuse the product with a sum on some
// processors, also across statements, and the tasks would no longer repeat
// Gymnasium there. Factors of a product need no conversion of their own.
func TestProductsAreConverted(t *testing.T) {
	set := token.NewFileSet()
	sources := importer.ForCompiler(set, "source", nil)
	for _, dir := range []string{".", "../../env/box2d"} {
		files := parseDirectory(t, set, dir)
		info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
		config := types.Config{Importer: sources}
		if _, err := config.Check(dir, set, files, info); err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			for _, at := range bareProducts(file, info) {
				t.Errorf("%s: product is not converted", set.Position(at))
			}
		}
	}
}

// parseDirectory parses the Go files of a directory, tests aside.
func parseDirectory(t *testing.T, set *token.FileSet, dir string) (files []*ast.File) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	if len(files) == 0 {
		t.Fatalf("no Go files in %s", dir)
	}
	return files
}

// bareProducts returns where there are products without a conversion.
func bareProducts(file *ast.File, info *types.Info) (found []token.Pos) {
	var path []ast.Node
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			path = path[:len(path)-1]
			return true
		}
		if product, ok := n.(*ast.BinaryExpr); ok && product.Op == token.MUL &&
			varies(product, info) && !isSafe(path, info) {
			found = append(found, product.OpPos)
		}
		if assignment, ok := n.(*ast.AssignStmt); ok && assignment.Tok == token.MUL_ASSIGN && varies(assignment.Lhs[0], info) {
			found = append(found, assignment.TokPos)
		}
		path = append(path, n)
		return true
	})
	return found
}

// varies reports whether x is a floating-point number that is computed when the
// program runs.
func varies(x ast.Expr, info *types.Info) bool {
	v := info.Types[x]
	basic, ok := v.Type.Underlying().(*types.Basic)
	return ok && v.Value == nil && basic.Info()&types.IsFloat != 0
}

// isSafe reports whether the innermost node of a path that is more than
// parentheses or a sign is a conversion, a product or a quotient.
func isSafe(path []ast.Node, info *types.Info) bool {
	for i := len(path) - 1; i >= 0; i-- {
		switch n := path[i].(type) {
		case *ast.ParenExpr, *ast.UnaryExpr:
			continue
		case *ast.CallExpr:
			return info.Types[n.Fun].IsType()
		case *ast.BinaryExpr:
			return n.Op == token.MUL || n.Op == token.QUO
		}
		return false
	}
	return false
}

func TestBareProductsAreFound(t *testing.T) {
	const source = `package p
func f(x, y, z float32, n int) float32 {
	a := x * y          // bare
	b := z + -(x * y)   // bare
	c := f(x * y, 0, 0, n*n) // bare
	a *= b              // bare
	d := float32(x*y*z) + float32(-x*y)/z + x*y/z
	const e = 2.0 * 3.0
	if x*y < z {        // bare
		return a * e    // bare
	}
	return b + c + d + float32(n*n)
}`
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "p.go", source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	if _, err := new(types.Config).Check("p", set, []*ast.File{file}, info); err != nil {
		t.Fatal(err)
	}
	found := map[int]bool{}
	for _, at := range bareProducts(file, info) {
		found[set.Position(at).Line] = true
	}
	for i, line := range strings.Split(source, "\n") {
		if want := strings.Contains(line, "// bare"); found[i+1] != want {
			t.Errorf("line %d, %q: found is %v", i+1, line, found[i+1])
		}
	}
}
