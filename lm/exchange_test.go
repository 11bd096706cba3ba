package lm

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var exchange = flag.String("exchange", "", "folder of tools/fixtures/lm_folder.py, for TestExchange")

// TestExchange is the Go half of tools/fixtures/lm_folder.py: it loads models
// that transformers saved, writes down their logits and saves them again.
func TestExchange(t *testing.T) {
	if *exchange == "" {
		t.Skip("run by tools/fixtures/lm_folder.py")
	}
	text, err := os.ReadFile(filepath.Join(*exchange, "tokens.json"))
	if err != nil {
		t.Fatal(err)
	}
	var sequence []int32
	if err := json.Unmarshal(text, &sequence); err != nil {
		t.Fatal(err)
	}
	folders, err := filepath.Glob(filepath.Join(*exchange, "theirs", "*"))
	if err != nil || len(folders) == 0 {
		t.Fatal("no folders: ", err)
	}
	for _, folder := range folders {
		m, err := Load(folder)
		if err != nil {
			t.Fatal(err)
		}
		ours := filepath.Join(*exchange, "ours", filepath.Base(folder))
		if err := m.Save(ours); err != nil {
			t.Fatal(err)
		}
		z := logits(m, sequence)
		if m.Config.Scalar {
			b := &Batch{}
			b.AppendLast(sequence)
			p := NewPass(m, pool(t, 1))
			p.Evaluate(b)
			z = p.Value
		}
		if text, err = json.Marshal(z); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(ours, "logits.json"), text)
	}
}
