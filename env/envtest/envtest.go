// Package envtest checks that an environment keeps the contract of env.Env, so
// that a trainer may rely on it.
//
// In a test:
//
//	func TestLift(t *testing.T) {
//		envtest.Run(t, func() (env.Env, error) { return &Lift{}, nil })
//	}
//
// Every rule is a subtest with a name; [Rules] lists them. A rule that follows
// from another one is not checked while that one is broken, so that one mistake
// makes one message. A rule that cannot apply, such as that for snapshots to an
// environment without them, is skipped.
//
// What the suite sees is what a few hundred steps with drawn actions show. It
// finds mistakes; it proves nothing.
package envtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/env"
)

// Violation is a rule of the contract that an environment breaks. It is plain
// data.
type Violation struct {
	Rule     string // the rule's name, as in Rules
	Sentence string // what the rule demands
	Found    string // what was seen instead
}

// String is the violation as a message.
func (v Violation) String() string {
	return fmt.Sprintf("%s: %s\nfound: %s", v.Rule, v.Sentence, v.Found)
}

// Option changes what is checked.
type Option func(*suite)

// Skip leaves out a rule, for a task that breaks it on purpose. It panics if
// there is no rule of that name.
func Skip(rule string) Option {
	if !slices.ContainsFunc(rules, func(r contractRule) bool { return r.name == rule }) {
		panic("envtest: no rule is called " + rule)
	}
	return func(s *suite) { s.skipped[rule] = true }
}

// ZeroAllocation adds the rule that Reset and Step allocate no memory. It is not
// part of the contract, but slow training is its price.
func ZeroAllocation() Option {
	return func(s *suite) { s.skipped[allocationRule] = false }
}

// Run checks the environments that maker makes, each rule in a subtest.
func Run(t *testing.T, maker env.Maker, options ...Option) {
	t.Helper()
	s := newSuite(maker, options)
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			err := s.check(r)
			var skip notApplicable
			switch {
			case errors.As(err, &skip):
				t.Skip(skip)
			case err != nil:
				t.Error(Violation{r.name, r.sentence, err.Error()})
			}
		})
	}
}

// Check returns the rules that the environments of maker break, for use outside
// of tests. It returns nil if there are none.
func Check(maker env.Maker, options ...Option) []Violation {
	var found []Violation
	s := newSuite(maker, options)
	for _, r := range rules {
		err := s.check(r)
		var skip notApplicable
		if err != nil && !errors.As(err, &skip) {
			found = append(found, Violation{r.name, r.sentence, err.Error()})
		}
	}
	return found
}

// Rules returns the name and the sentence of every rule, in the order in which
// they are checked.
func Rules() []Violation {
	all := make([]Violation, len(rules))
	for i, r := range rules {
		all[i] = Violation{Rule: r.name, Sentence: r.sentence}
	}
	return all
}

// suite is one pass through the rules.
type suite struct {
	maker   env.Maker
	skipped map[string]bool
	broken  map[string]bool // broken, or not checked because of a broken one
}

func newSuite(maker env.Maker, options []Option) *suite {
	s := &suite{maker: maker, skipped: map[string]bool{allocationRule: true}, broken: map[string]bool{}}
	for _, o := range options {
		o(s)
	}
	return s
}

// check checks one rule. The error says how it is broken, or is notApplicable.
func (s *suite) check(r contractRule) (err error) {
	if s.skipped[r.name] {
		return notApplicable("left out by an option")
	}
	if unmet := slices.DeleteFunc(slices.Clone(r.needs), func(n string) bool { return !s.broken[n] }); len(unmet) > 0 {
		s.broken[r.name] = true
		return notApplicable("not checked while this is broken: " + strings.Join(unmet, ", "))
	}
	p := &probe{maker: s.maker}
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic: %v", reason)
		}
		p.close()
		var skip notApplicable
		s.broken[r.name] = err != nil && !errors.As(err, &skip)
	}()
	return r.check(p)
}

// notApplicable says why a rule was not checked.
type notApplicable string

func (n notApplicable) Error() string { return string(n) }
