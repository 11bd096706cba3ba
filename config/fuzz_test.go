package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/proximal-rl/proximal/config"
)

// FuzzDecode holds Decode to its word for any document: it does not panic, it
// changes nothing on failure, every problem is one line, and what it accepts
// can be written and read again.
func FuzzDecode(f *testing.F) {
	document, err := config.Encode(defaults(), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(document)
	f.Add([]byte("[env]\nx = [1, {a = 'b'}]\n\"y\\n.z\".w = -inf\n[env.deep]\ner = 1979-05-27T07:32:00Z"))
	f.Add([]byte("ppo.clip = { low = 0.1, high = 0.2 }\noptim.inner.\"max norm\" = 0x10"))
	f.Add([]byte("[[run]]\n[pppo]\n[trpo.x]\noptim.hidden = [1e3, nan]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		v := defaults()
		err := config.Decode(data, "f", &v)
		if err != nil {
			var problems config.Problems
			if !errors.As(err, &problems) || len(problems) != strings.Count(err.Error(), "\n")+1 {
				t.Fatalf("error is %q", err)
			}
			if diff := cmp.Diff(defaults(), v, compare); diff != "" {
				t.Fatalf("failed and still changed the settings:\n%s", diff)
			}
			return
		}
		document, err := config.Encode(v, nil)
		if err != nil {
			t.Fatal(err)
		}
		back := settings{PPO: &ppo{}}
		if err := config.Decode(document, "again", &back); err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		if diff := cmp.Diff(v, back, compare, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("settings differ:\n%s", diff)
		}
	})
}

// FuzzSet does the same for one assignment.
func FuzzSet(f *testing.F) {
	for _, a := range []string{"ppo.clip=0.1", "name=x=y", "env.'a b'=[1, 'x']", "=", "a=1\nb=2", "env.\"\"={}", "ppo.clip.low=\"\"\"x"} {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, assignment string) {
		v := defaults()
		if err := config.Set(&v, []string{assignment}); err != nil {
			if diff := cmp.Diff(defaults(), v, compare); diff != "" {
				t.Fatalf("failed and still changed the settings:\n%s", diff)
			}
			return
		}
		if _, err := config.Encode(v, nil); err != nil && !strings.Contains(err.Error(), "UTF-8") {
			t.Fatal(err)
		}
	})
}
