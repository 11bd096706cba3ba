package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// served starts the service with a policy that has been through a file, as in
// production, and returns that policy too.
func served(t *testing.T) (*httptest.Server, *policy.Policy) {
	t.Helper()
	observation := space.NewBox([]float32{-1, -1}, []float32{1, 1})
	p, err := policy.New(policy.DefaultConfig(), observation, space.NewBox([]float32{-2}, []float32{2}), seed.New(1))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "best")
	if err := p.Save(path); err != nil {
		t.Fatal(err)
	}
	loaded, err := policy.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(newService(loaded))
	t.Cleanup(server.Close)
	return server, p
}

func post(t *testing.T, server *httptest.Server, body string) (status int, answer string) {
	t.Helper()
	r, err := http.Post(server.URL+"/act", "application/json", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	return r.StatusCode, string(text)
}

// TestManyClients: each of many requests at once gets the action for its own
// observation.
func TestManyClients(t *testing.T) {
	server, p := served(t)
	var clients sync.WaitGroup
	for client := range 8 {
		clients.Go(func() {
			actor, want := p.NewActor(), make([]float32, 1)
			for i := range 25 {
				obs := []float32{float32(client) / 8, float32(i) / 25}
				actor.Act(want, obs, policy.Greedy)
				status, answer := post(t, server, fmt.Sprintf(`{"observation": [%v, %v]}`, obs[0], obs[1]))
				var got response
				if err := json.Unmarshal([]byte(answer), &got); err != nil || status != http.StatusOK {
					t.Errorf("status %d, %q", status, answer)
				} else if len(got.Action) != 1 || got.Action[0] != want[0] {
					t.Errorf("action %v for %v, want %v", got.Action, obs, want)
				}
			}
		})
	}
	clients.Wait()
}

func TestBadRequests(t *testing.T) {
	server, _ := served(t)
	for body, want := range map[string]string{
		``:                            "EOF",
		`[1, 2]`:                      "cannot unmarshal array",
		`{"observation": [1, "two"]}`: "cannot unmarshal string",
		`{}`:                          "observation has length 0, the policy needs 2",
		`{"observation": [1, 2, 3]}`:  "observation has length 3, the policy needs 2",
		`{"observation": [` + strings.Repeat("1,", 1<<20): "too large",
	} {
		if status, answer := post(t, server, body); status != http.StatusBadRequest || !strings.Contains(answer, want) {
			t.Errorf("%.30q: status %d, %q; want %q", body, status, answer, want)
		}
	}
	if r, err := http.Get(server.URL + "/act"); err != nil || r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET is answered with %v, %v", r.Status, err)
	}
}

// TestTheTutorialShowsThisProgram: its Go code stands here, word for word.
func TestTheTutorialShowsThisProgram(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "tutorial.md"))
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(page), "```go\n")[1:]
	if len(blocks) == 0 {
		t.Error("the tutorial has no Go code")
	}
	for _, b := range blocks {
		code, _, closed := strings.Cut(b, "```")
		if !closed || !strings.Contains(string(program), code) {
			t.Errorf("main.go does not have\n%s", code)
		}
	}
}
