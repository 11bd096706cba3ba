package physics

// none is the number of nothing in every list that is linked by numbers.
const none int32 = -1

// tree is a binary tree of boxes whose leaves are fixtures: the broad phase. The
// number of a leaf decides about the order of contacts, so nodes are numbered as
// in Box2D: from 0 up, the one that was freed last first.
type tree struct {
	Nodes []node
	Root  int32
	Free  int32 // the first free node, linked by Parent
}

// node is a leaf if it has no Left child; a free node has height -1.
type node struct {
	Box         box
	Parent      int32
	Left, Right int32
	Height      int32
	Fixture     int32 // of a leaf
}

// clear empties the tree; the numbers begin at 0 again.
func (t *tree) clear() { t.Nodes, t.Root, t.Free = t.Nodes[:0], none, none }

// take returns a free node.
func (t *tree) take() int32 {
	fresh := node{Parent: none, Left: none, Right: none}
	if t.Free == none {
		t.Nodes = append(t.Nodes, fresh)
		return int32(len(t.Nodes) - 1)
	}
	i := t.Free
	t.Free = t.Nodes[i].Parent
	t.Nodes[i] = fresh
	return i
}

// release frees a node.
func (t *tree) release(i int32) {
	t.Nodes[i] = node{Parent: t.Free, Left: none, Right: none, Height: -1}
	t.Free = i
}

// add makes a leaf for a fixture and returns its number.
func (t *tree) add(fixture int32, around box) int32 {
	leaf := t.take()
	n := &t.Nodes[leaf]
	n.Box, n.Fixture = around.grown(fatMargin), fixture
	t.insert(leaf)
	return leaf
}

// move gives a leaf room for a box that has been displaced, and reports whether
// that was needed.
func (t *tree) move(leaf int32, to *box, displacement Vec) bool {
	if t.Nodes[leaf].Box.contains(to) {
		return false
	}
	t.remove(leaf)
	fat := to.grown(fatMargin)
	d := displacement.times(fatPrediction)
	if d.X < 0 {
		fat.Lower.X += d.X
	} else {
		fat.Upper.X += d.X
	}
	if d.Y < 0 {
		fat.Lower.Y += d.Y
	} else {
		fat.Upper.Y += d.Y
	}
	t.Nodes[leaf].Box = fat
	t.insert(leaf)
	return true
}

// insert hangs a leaf beside the node at which the boxes grow least.
func (t *tree) insert(leaf int32) {
	if t.Root == none {
		t.Root = leaf
		t.Nodes[leaf].Parent = none
		return
	}
	sibling := t.siblingFor(&t.Nodes[leaf].Box)
	old := t.Nodes[sibling].Parent
	parent := t.take()
	n := t.Nodes
	n[parent] = node{
		Box:    n[leaf].Box.around(&n[sibling].Box),
		Parent: old, Left: sibling, Right: leaf,
		Height: n[sibling].Height + 1,
	}
	n[sibling].Parent, n[leaf].Parent = parent, parent
	t.replaceChild(old, sibling, parent)
	t.refit(parent)
}

// siblingFor descends to where a new leaf costs least perimeter.
func (t *tree) siblingFor(leaf *box) int32 {
	i := t.Root
	for t.Nodes[i].Left != none {
		n := &t.Nodes[i]
		union := n.Box.around(leaf)
		whole := union.perimeter()
		here := float32(2 * whole)
		inherited := float32(2 * (whole - n.Box.perimeter()))
		left, right := t.cost(n.Left, leaf)+inherited, t.cost(n.Right, leaf)+inherited
		if here < left && here < right {
			break
		}
		if left < right {
			i = n.Left
		} else {
			i = n.Right
		}
	}
	return i
}

// cost is the perimeter that a new leaf adds at a child.
func (t *tree) cost(child int32, leaf *box) float32 {
	n := &t.Nodes[child]
	union := leaf.around(&n.Box)
	if n.Left == none {
		return union.perimeter()
	}
	return union.perimeter() - n.Box.perimeter()
}

// replaceChild puts one node in another's place below parent, or at the root.
func (t *tree) replaceChild(parent, was, is int32) {
	switch {
	case parent == none:
		t.Root = is
	case t.Nodes[parent].Left == was:
		t.Nodes[parent].Left = is
	default:
		t.Nodes[parent].Right = is
	}
}

// remove takes a leaf out of the tree, without freeing it.
func (t *tree) remove(leaf int32) {
	if leaf == t.Root {
		t.Root = none
		return
	}
	n := t.Nodes
	parent := n[leaf].Parent
	sibling, above := n[parent].Left, n[parent].Parent
	if sibling == leaf {
		sibling = n[parent].Right
	}
	n[sibling].Parent = above
	t.replaceChild(above, parent, sibling)
	t.release(parent)
	t.refit(above)
}

// refit balances the nodes from i up to the root, and fits their boxes.
func (t *tree) refit(i int32) {
	for i != none {
		i = t.balance(i)
		t.fit(i)
		i = t.Nodes[i].Parent
	}
}

// fit computes box and height of an inner node from its children.
func (t *tree) fit(i int32) {
	n := &t.Nodes[i]
	left, right := &t.Nodes[n.Left], &t.Nodes[n.Right]
	n.Box = left.Box.around(&right.Box)
	n.Height = 1 + max(left.Height, right.Height)
}

// balance rotates the higher child of a up if their heights differ by more than
// one, and returns the node that is now in a's place.
func (t *tree) balance(a int32) int32 {
	n := &t.Nodes[a]
	if n.Left == none || n.Height < 2 {
		return a
	}
	switch d := t.Nodes[n.Right].Height - t.Nodes[n.Left].Height; {
	case d > 1:
		return t.rotate(a, n.Right)
	case d < -1:
		return t.rotate(a, n.Left)
	}
	return a
}

// rotate puts child up in the place of a, its parent. Of the two children of
// child the higher one stays with it (the right one if they are equal) and the
// other goes to a.
func (t *tree) rotate(a, child int32) int32 {
	up, down := &t.Nodes[child], &t.Nodes[a]
	stays, goes := up.Right, up.Left
	if t.Nodes[up.Left].Height > t.Nodes[up.Right].Height {
		stays, goes = up.Left, up.Right
	}
	up.Parent = down.Parent
	t.replaceChild(up.Parent, a, child)
	up.Left, up.Right = a, stays
	if down.Right == child {
		down.Right = goes
	} else {
		down.Left = goes
	}
	down.Parent = child
	t.Nodes[goes].Parent = a
	t.fit(a)
	t.fit(child)
	return child
}

// search calls found for the fixture of every leaf whose box overlaps b, and
// collects the leaves' numbers in dst.
func (t *tree) search(dst []int32, b *box) []int32 {
	if t.Root == none {
		return dst
	}
	var stack [64]int32
	stack[0] = t.Root
	for depth := 1; depth > 0; {
		depth--
		i := stack[depth]
		n := &t.Nodes[i]
		if !n.Box.overlaps(b) {
			continue
		}
		if n.Left == none {
			dst = append(dst, i)
			continue
		}
		stack[depth], stack[depth+1] = n.Left, n.Right
		depth += 2
	}
	return dst
}
