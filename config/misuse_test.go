package config_test

import (
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/config"
)

func TestMisusePanics(t *testing.T) {
	var nilPointer *settings
	for want, call := range map[string]func(){
		"config: settings must be a non-nil pointer to a struct":  func() { _ = config.Decode(nil, "", settings{}) },
		"config: settings must be a non-nil pointer to a struct ": func() { _ = config.Set(nilPointer, nil) },
		"config: two fields of": func() {
			_ = config.Check(struct {
				A int `toml:"a"`
				B int `toml:"a"`
			}{})
		},
		".A has a type that is no setting": func() {
			_ = config.Check(struct {
				A complex128 `toml:"a"`
			}{})
		},
		"config: range tag of": func() {
			_ = config.Check(struct {
				A int `toml:"a" range:"(1, 0)"`
			}{})
		},
		".A is malformed or has no number to bound": func() {
			_ = config.Check(struct {
				A string `toml:"a" range:"(0, 1)"`
			}{})
		},
		"config: toml tag of": func() {
			_ = config.Check(struct {
				A int `toml:"a,omitempty"`
			}{})
		},
		".A cannot be inline": func() {
			_ = config.Check(struct {
				A int `toml:",inline"`
			}{})
		},
	} {
		func() {
			defer func() {
				if got, _ := recover().(string); !strings.Contains(got, strings.TrimSpace(want)) {
					t.Errorf("panics with %q, not %q", got, want)
				}
			}()
			call()
		}()
	}
}
