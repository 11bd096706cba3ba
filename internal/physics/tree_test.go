package physics

import (
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/seed"
)

func randomBox(rng *seed.Rand) box {
	x, y := float32(rng.Uniform(-10, 10)), float32(rng.Uniform(-10, 10))
	return box{Vec{x, y}, Vec{x + float32(rng.Uniform(0, 2)), y + float32(rng.Uniform(0, 2))}}
}

// TestTree adds, moves and removes leaves at random and looks at the whole tree
// each time.
func TestTree(t *testing.T) {
	rng := seed.New(1)
	var tr tree
	tr.clear()
	leaves := map[int32]box{} // what they must contain
	for i := range 2000 {
		b := randomBox(rng)
		switch numbers := sortedKeys(leaves); {
		case len(leaves) < 3 || rng.Float64() < 0.3:
			leaves[tr.add(int32(i), b)] = b
		case rng.Float64() < 0.3:
			leaf := numbers[rng.Integers(0, int64(len(numbers)))]
			tr.remove(leaf)
			tr.release(leaf)
			delete(leaves, leaf)
		default:
			leaf := numbers[rng.Integers(0, int64(len(numbers)))]
			tr.move(leaf, &b, Vec{1, -1})
			leaves[leaf] = b
		}
		checkTree(t, &tr, leaves)
		window := randomBox(rng)
		found := tr.search(nil, &window)
		slices.Sort(found)
		var want []int32
		for _, leaf := range sortedKeys(leaves) {
			if tr.Nodes[leaf].Box.overlaps(&window) {
				want = append(want, leaf)
			}
		}
		if !slices.Equal(found, want) {
			t.Fatalf("step %d: found %v, want %v", i, found, want)
		}
	}
}

func sortedKeys(leaves map[int32]box) (keys []int32) {
	for k := range leaves {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// checkTree fails the test unless the tree is whole, balanced and contains the
// leaves.
func checkTree(t *testing.T, tr *tree, leaves map[int32]box) {
	t.Helper()
	seen := 0
	var visit func(i, parent int32) (height int32)
	visit = func(i, parent int32) int32 {
		n := tr.Nodes[i]
		seen++
		if n.Parent != parent {
			t.Fatalf("node %d has the parent %d, want %d", i, n.Parent, parent)
		}
		if n.Left == none {
			inside, ok := leaves[i]
			if !ok || !n.Box.contains(&inside) {
				t.Fatalf("leaf %d is unknown or too small", i)
			}
			return 0
		}
		left, right := visit(n.Left, i), visit(n.Right, i)
		if n.Height != 1+max(left, right) || left-right > 2 || right-left > 2 {
			t.Fatalf("node %d of height %d has children of heights %d and %d", i, n.Height, left, right)
		}
		if n.Box != tr.Nodes[n.Left].Box.around(&tr.Nodes[n.Right].Box) {
			t.Fatalf("node %d does not fit its children", i)
		}
		return n.Height
	}
	if len(leaves) > 0 {
		visit(tr.Root, none)
	}
	free := 0
	for i := tr.Free; i != none; i = tr.Nodes[i].Parent {
		free++
	}
	if want := max(2*len(leaves)-1, 0); seen != want || seen+free != len(tr.Nodes) {
		t.Fatalf("%d nodes are in use and %d free of %d, want %d in use", seen, free, len(tr.Nodes), want)
	}
}

// TestLeavesAreNumberedLikeProxies numbers leaves as a new world of Box2D does:
// every leaf but the first comes with a parent.
func TestLeavesAreNumberedLikeProxies(t *testing.T) {
	rng := seed.New(2)
	var tr tree
	tr.clear()
	for i := range int32(50) {
		leaf := tr.add(i, randomBox(rng))
		if want := max(2*i-1, 0); leaf != want {
			t.Errorf("leaf %d has the number %d, want %d", i, leaf, want)
		}
	}
	tr.remove(7)
	tr.release(7)
	if leaf := tr.add(0, randomBox(rng)); leaf != 7 {
		t.Errorf("the next leaf has the number %d, want 7, which was freed last", leaf)
	}
}
