package study

import (
	"slices"
	"strings"
	"testing"
)

func TestAlternatives(t *testing.T) {
	for assignment, want := range map[string][]string{
		"ppo.clip=0.1":                         {"ppo.clip=0.1"},
		"ppo.clip=0.05,0.1, 0.2":               {"ppo.clip=0.05", "ppo.clip=0.1", "ppo.clip=0.2"},
		"policy.actor=[64,64]":                 {"policy.actor=[64,64]"},
		"policy.actor=[64,64],[8]":             {"policy.actor=[64,64]", "policy.actor=[8]"},
		"ppo.clip={low=0.2,high=0.3},0.1":      {"ppo.clip={low=0.2,high=0.3}", "ppo.clip=0.1"},
		"ppo.clip=linear(0.2, 0),linear(1, 0)": {"ppo.clip=linear(0.2, 0)", "ppo.clip=linear(1, 0)"},
		`x="a,b",'c,d',e`:                      {`x="a,b"`, `x='c,d'`, "x=e"},
		`x="a\",b",c`:                          {`x="a\",b"`, "x=c"},
		`x='a\',c`:                             {`x='a\'`, "x=c"},
		"x=[[1,2],[3]],[]":                     {"x=[[1,2],[3]]", "x=[]"},
		"x=[1,2":                               {"x=[1,2"},
		"x=(1,2]":                              {"x=(1,2]"},
		`x="1,2`:                               {`x="1,2`},
		"ppo.clip":                             {"ppo.clip"},
		"a=b=1,2":                              {"a=b=1", "a=2"},
		"x=":                                   {"x="},
	} {
		got, err := Alternatives(assignment)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v; want %q", assignment, got, err, want)
		}
	}
	for _, assignment := range []string{"ppo.clip=0.1,", "ppo.clip=,0.1", "ppo.clip=0.1,,0.2", "ppo.clip=0.1, ,0.2"} {
		if got, err := Alternatives(assignment); err == nil || !strings.Contains(err.Error(), "is empty") {
			t.Errorf("%s: %q, %v; want an error", assignment, got, err)
		}
	}
}

func TestExpandIsTheProduct(t *testing.T) {
	s := DefaultSweep()
	s.Environments = []string{"CartPole-v1"}
	s.Steps = 1000
	s.Set = []string{"eval.final_episodes=5", "ppo.epochs=4,10"}
	s.Variants = Variants{
		{Set: []string{"ppo.clip=0.1,0.2"}},
		{Name: "free", Set: []string{"ppo.clip=0.9"}, Environments: []string{"Pendulum-v1"}, Steps: 7},
		{},
	}
	all, err := s.Expand()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range all {
		got = append(got, v.Name+" | "+strings.Join(v.Set, " "))
	}
	want := []string{
		"ppo.clip=0.1, ppo.epochs=4 | eval.final_episodes=5 ppo.epochs=4 ppo.clip=0.1",
		"ppo.clip=0.2, ppo.epochs=4 | eval.final_episodes=5 ppo.epochs=4 ppo.clip=0.2",
		"ppo.clip=0.1, ppo.epochs=10 | eval.final_episodes=5 ppo.epochs=10 ppo.clip=0.1",
		"ppo.clip=0.2, ppo.epochs=10 | eval.final_episodes=5 ppo.epochs=10 ppo.clip=0.2",
		"free, ppo.epochs=4 | eval.final_episodes=5 ppo.epochs=4 ppo.clip=0.9",
		"free, ppo.epochs=10 | eval.final_episodes=5 ppo.epochs=10 ppo.clip=0.9",
		"ppo.epochs=4 | eval.final_episodes=5 ppo.epochs=4",
		"ppo.epochs=10 | eval.final_episodes=5 ppo.epochs=10",
	}
	if !slices.Equal(got, want) {
		t.Errorf("variants\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if v := all[4]; v.Steps != 7 || v.Algorithm != "ppo" || !slices.Equal(v.Environments, []string{"Pendulum-v1"}) {
		t.Errorf("the variant's own choices: %+v", v)
	}
	if v := all[0]; v.Steps != 1000 || !slices.Equal(v.Environments, s.Environments) {
		t.Errorf("the sweep's choices: %+v", v)
	}
}

// Sets of one variant must not share memory with those of another.
func TestExpandedSetsAreSeparate(t *testing.T) {
	s := Sweep{Set: []string{"a=1,2", "b=1,2", "c=1,2"}}
	all, err := s.Expand()
	if err != nil || len(all) != 8 {
		t.Fatalf("%d variants, %v", len(all), err)
	}
	seen := map[string]bool{}
	for _, v := range all {
		seen[strings.Join(v.Set, " ")] = true
	}
	if len(seen) != 8 {
		t.Errorf("only %d different sets: %v", len(seen), seen)
	}
}

func TestExpandNamesVariants(t *testing.T) {
	for _, test := range []struct {
		sweep Sweep
		want  string
	}{
		{Sweep{}, "preset"},
		{Sweep{Set: []string{"ppo.clip=0.1"}}, "preset"},
		{Sweep{Variants: Variants{{Set: []string{"ppo.clip=0.1", "ppo.epochs=4"}}}}, "ppo.clip=0.1, ppo.epochs=4"},
		{Sweep{Variants: Variants{{Name: "small", Set: []string{"ppo.clip=0.1"}}}}, "small"},
	} {
		all, err := test.sweep.Expand()
		if err != nil || len(all) != 1 || all[0].Name != test.want {
			t.Errorf("%+v, %v; want the name %q", all, err, test.want)
		}
	}
}

func TestExpandRefuses(t *testing.T) {
	for want, s := range map[string]Sweep{
		"value 2 of the list is empty": {Set: []string{"ppo.clip=0.1,"}},
		`variants "a b" and "A-b" would share a folder`: {
			Environments: []string{"CartPole-v1"}, Variants: Variants{{Name: "a b"}, {Name: "A-b"}}},
		`variants "a" and "a" would share a folder`: {
			Environments: []string{"CartPole-v1", "Acrobot-v1"},
			Variants:     Variants{{Name: "a"}, {Name: "a", Environments: []string{"Acrobot-v1"}}}},
		`variant "..": its name needs a letter or a digit`: {Variants: Variants{{Name: ".."}}},
		`variant "tuned": the policy is the one of "first", so policy.actor=[8] cannot change it`: {
			Variants: Variants{{Name: "first"}, {Name: "tuned", From: "first", Set: []string{"policy.actor=[8]"}}}},
	} {
		if _, err := s.Expand(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestSlug(t *testing.T) {
	for name, want := range map[string]string{
		"ppo.clip=0.05":                         "ppo.clip=0.05",
		`optim.learning_rate="linear(1e-3, 0)"`: "optim.learning_rate=-linear-1e-3-0",
		"ALE/Pong-v5":                           "ALE-Pong-v5",
		"../..":                                 "",
		"ε = ½":                                 "=",
		strings.Repeat("long", 100):             strings.Repeat("long", 30),
		"more epochs, smaller range (ppo.clip=1)": "more-epochs-smaller-range-ppo.clip=1",
	} {
		if got := slug(name); got != want {
			t.Errorf("slug(%q) = %q, want %q", name, got, want)
		}
	}
}
