package config

import (
	"slices"
	"strings"
)

// Nearest returns those of valid that a user who wrote name may have meant,
// best first and at most limit of them: names within a few slips of the keyboard
// (the wrong, a missing, an extra or two swapped letters: one in three), and
// names that contain the other. Case does not matter. It returns nil if no name
// is plausible.
func Nearest(name string, valid []string, limit int) []string {
	type candidate struct {
		name string
		cost int
	}
	var found []candidate
	for _, v := range valid {
		if cost, ok := unlikeness(name, v); ok {
			found = append(found, candidate{v, cost})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.cost - b.cost })
	var names []string
	for _, c := range found[:min(limit, len(found))] {
		names = append(names, c.name)
	}
	return names
}

// unlikeness is small for names that are easily mistaken for each other; ok is
// false where a mistake is not plausible. A slip costs 4; a name that is part
// of the other costs one slip and 1 for every letter left out.
func unlikeness(a, b string) (cost int, ok bool) {
	const shortestPart = 3 // parts of one or two letters are everywhere
	x, y := strings.ToLower(a), strings.ToLower(b)
	short, long := []rune(x), []rune(y)
	if len(short) > len(long) {
		short, long = long, short
	}
	distance := editDistance(short, long)
	cost, ok = 4*distance, distance <= (len(long)+1)/3
	if len(short) >= shortestPart && strings.Contains(string(long), string(short)) {
		part := 4 + len(long) - len(short)
		if !ok || part < cost {
			cost, ok = part, true
		}
	}
	return cost, ok
}

// editDistance counts the letters to insert, delete, replace, or swap with
// their neighbour to turn a into b (Damerau 1964, without editing a swapped
// pair again):
//
//	d[i][j] = min(d[i-1][j] + 1, d[i][j-1] + 1, d[i-1][j-1] + (a[i] ≠ b[j]), d[i-2][j-2] + 1 if swapped)
func editDistance(a, b []rune) int {
	var twoAbove, above, row []int
	above = make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := range a {
		row = make([]int, len(b)+1)
		row[0] = i + 1
		for j := range b {
			replaced := above[j]
			if a[i] != b[j] {
				replaced++
			}
			row[j+1] = min(replaced, above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], twoAbove[j-1]+1)
			}
		}
		twoAbove, above = above, row
	}
	return above[len(b)]
}

// nearKeys returns the settings that may have been meant by an unknown dotted
// key: similar names in its section, else similar names in any section, else
// similar keys as a whole.
func nearKeys(key string, valid []string) []string {
	section, name := splitKey(key)
	var siblings, all []string
	byName := map[string][]string{}
	for _, v := range valid {
		in, last := splitKey(v)
		if in == section {
			siblings = append(siblings, v)
		}
		if byName[last] == nil {
			all = append(all, last)
		}
		byName[last] = append(byName[last], v)
	}
	const most = 3
	var near []string
	for _, last := range Nearest(name, all, len(all)) {
		near = append(near, byName[last]...)
		if strings.EqualFold(last, name) {
			break // the right name: only its section was wrong
		}
	}
	inSection := slices.DeleteFunc(slices.Clone(near), func(v string) bool { return !slices.Contains(siblings, v) })
	switch {
	case len(inSection) > 0:
		near = inSection
	case len(near) == 0:
		around := func(v string) bool { return strings.HasPrefix(key, v+".") }
		near = Nearest(key, slices.DeleteFunc(slices.Clone(valid), around), most)
	}
	return near[:min(most, len(near))]
}

// splitKey parts a dotted key into its section and its name there.
func splitKey(key string) (section, name string) {
	dot := strings.LastIndexByte(key, '.')
	return key[:max(dot, 0)], key[dot+1:]
}
