package study

import (
	"fmt"
	"slices"
	"strings"
)

// Alternatives splits an assignment of several values, "ppo.clip=0.1,0.2", into
// one assignment for each. Commas within brackets, braces, parentheses and
// quotes belong to a value: "policy.actor=[64,64]" and "ppo.clip=linear(0.2,0)"
// assign one. A value whose brackets or quotes do not close is left whole, for
// whoever reads it to refuse. It is an error if one of several values is empty.
func Alternatives(assignment string) ([]string, error) {
	key, text, found := strings.Cut(assignment, "=")
	if !found {
		return []string{assignment}, nil
	}
	values := splitValues(text)
	if len(values) == 1 {
		return []string{assignment}, nil
	}
	for i, value := range values {
		value = strings.TrimSpace(value)
		if value == "" {
			return nil, fmt.Errorf("%s: value %d of the list is empty", assignment, i+1)
		}
		values[i] = key + "=" + value
	}
	return values, nil
}

// splitValues cuts text at the commas that are in no bracket and no quote.
func splitValues(text string) (values []string) {
	closing := map[byte]byte{'[': ']', '{': '}', '(': ')'}
	var open []byte // what will close the brackets around here, innermost last
	start := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '"' || c == '\'':
			end := closingQuote(text, i)
			if end < 0 {
				return []string{text}
			}
			i = end
		case closing[c] != 0:
			open = append(open, closing[c])
		case c == ']' || c == '}' || c == ')':
			if len(open) == 0 || open[len(open)-1] != c {
				return []string{text}
			}
			open = open[:len(open)-1]
		case c == ',' && len(open) == 0:
			values = append(values, text[start:i])
			start = i + 1
		}
	}
	if len(open) > 0 {
		return []string{text}
	}
	return append(values, text[start:])
}

// closingQuote returns where the string that opens at start closes, -1 if it
// does not. Only between double quotes a backslash escapes, as in TOML.
func closingQuote(text string, start int) int {
	for i := start + 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && text[start] == '"':
			i++
		case text[i] == text[start]:
			return i
		}
	}
	return -1
}

// point is one point of a grid of assignments.
type point struct {
	name string // the assignments that had alternatives
	set  []string
}

// expand returns the product of all alternatives, the last one turning fastest.
func expand(assignments []string) ([]point, error) {
	points := []point{{}}
	for _, a := range assignments {
		alternatives, err := Alternatives(a)
		if err != nil {
			return nil, err
		}
		var next []point
		for _, p := range points {
			for _, b := range alternatives {
				name := p.name
				if len(alternatives) > 1 {
					name = joinNames(name, b)
				}
				next = append(next, point{name, append(p.set[:len(p.set):len(p.set)], b)})
			}
		}
		points = next
	}
	return points, nil
}

// joinNames puts two parts of a variant's name together, either may be empty.
func joinNames(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}

// Expand returns the variants that the sweep describes, each with all of its
// assignments, its algorithm, environments and steps, and a name that no other
// has on the same environment. The error names what is wrong with the first variant that cannot be.
func (s Sweep) Expand() ([]Variant, error) {
	described := s.Variants
	if len(described) == 0 {
		described = Variants{{}}
	}
	var all []Variant
	for _, v := range described {
		shared, err := expand(s.Set)
		if err != nil {
			return nil, err
		}
		if at := slices.IndexFunc(v.Set, changesPolicy); at >= 0 && v.From != "" {
			return nil, fmt.Errorf("variant %q: the policy is the one of %q, so %s cannot change it", v.Name, v.From, v.Set[at])
		}
		own, err := expand(v.Set)
		if err != nil {
			return nil, err
		}
		for _, a := range shared {
			for _, b := range own {
				all = append(all, s.complete(v, a, b))
			}
		}
	}
	return all, distinct(all)
}

// changesPolicy says whether an assignment is one to the policy.
func changesPolicy(assignment string) bool { return strings.HasPrefix(assignment, "policy.") }

// complete is a variant at one point of the grids of shared and own assignments.
func (s Sweep) complete(v Variant, shared, own point) Variant {
	if v.Name == "" && own.name == "" {
		v.Name = strings.Join(own.set, ", ")
	} else {
		v.Name = joinNames(v.Name, own.name)
	}
	v.Name = joinNames(v.Name, shared.name)
	if v.Name == "" {
		v.Name = "preset"
	}
	v.Set = append(shared.set[:len(shared.set):len(shared.set)], own.set...)
	if v.Algorithm == "" {
		v.Algorithm = s.Algorithm
	}
	if len(v.Environments) == 0 {
		v.Environments = s.Environments
	}
	if v.Steps == 0 {
		v.Steps = s.Steps
	}
	return v
}

// distinct makes sure that every variant has a folder of its own on each of its
// environments. Two of one name on different environments are one variant whose
// settings or steps depend on the environment.
func distinct(variants []Variant) error {
	type place struct{ environment, folder string }
	taken := map[place]string{}
	for _, v := range variants {
		folder := strings.ToLower(slug(v.Name))
		if folder == "" {
			return fmt.Errorf("variant %q: its name needs a letter or a digit, for its folder", v.Name)
		}
		for _, id := range v.Environments {
			if other, known := taken[place{id, folder}]; known {
				return fmt.Errorf("variants %q and %q would share a folder: give them names that differ in letters or digits, or environments of their own", other, v.Name)
			}
			taken[place{id, folder}] = v.Name
		}
	}
	return nil
}

// slug turns a name into one that every file system takes: letters, digits and
// a few signs stay, anything else becomes a hyphen.
func slug(name string) string {
	const longest = 120
	var b strings.Builder
	for _, r := range name {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune("._=+-", r):
			b.WriteRune(r)
		case !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	text := strings.Trim(b.String(), "-. ")
	return text[:min(len(text), longest)]
}
