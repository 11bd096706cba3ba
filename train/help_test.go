package train

import (
	"testing"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/manual"
)

const settingsHead = "# Settings\n\nGenerated from the comments in the source by `go test ./train -run TestHelpIsCurrent -update`. Those of\n" +
	"language models are on [a page of their own](settings-align.md).\n\n" +
	"Settings are read from the preset, then from `--config FILE.toml`, then from `--set section.name=value`. Each\n" +
	"algorithm has a section of its own. The defaults are those of `train.DefaultPPO()` and its likes, and where they\n" +
	"differ that is said; `proximal presets ENV` prints what a preset makes of them. A learning rate or clip range is a\n" +
	"number or a schedule such as `\"linear(3e-4, 0)\"`.\n"

// TestHelpIsCurrent: the help texts and the page of settings are copies of the
// comments in the source.
func TestHelpIsCurrent(t *testing.T) {
	m := manual.New(t, Algorithms(), func(algorithm string) config.Document {
		a, err := NewAlgorithm(algorithm)
		if err != nil {
			t.Fatal(err)
		}
		s := &Settings{Algorithm: a, Evaluation: DefaultEvaluation()}
		return s.document(a.edit())
	})
	golden.Bytes(t, "help.go", m.HelpFile("train"))
	golden.Bytes(t, "../docs/settings.md", m.Page(settingsHead))
	if t.Failed() {
		t.Log("run go test ./train -run TestHelpIsCurrent -update")
	}
}
