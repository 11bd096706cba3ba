package align

import (
	"testing"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/manual"
)

const settingsHead = "# Settings of language models\n\nGenerated from the comments in the source by `go test ./align -run TestHelpIsCurrent -update`.\n\n" +
	"Settings are read from the preset for method and task, then from `--config FILE.toml`, then from\n" +
	"`--set section.name=value`. Each method has a section of its own. The defaults are those of `align.DefaultGRPO()` and its\n" +
	"likes, and where they differ that is said. `proximal tasks TASK` lists the settings of a task.\n"

// TestHelpIsCurrent: the help texts and the page of settings are copies of the
// comments in the source.
func TestHelpIsCurrent(t *testing.T) {
	m := manual.New(t, Methods(), func(method string) config.Document {
		a, err := NewMethod(method)
		if err != nil {
			t.Fatal(err)
		}
		s := &Settings{Method: a, Evaluation: DefaultEvaluation()}
		return s.document(a.edit())
	})
	golden.Bytes(t, "help.go", m.HelpFile("align"))
	golden.Bytes(t, "../docs/settings-align.md", m.Page(settingsHead))
	if t.Failed() {
		t.Log("run go test ./align -run TestHelpIsCurrent -update")
	}
}
