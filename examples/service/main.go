// Command service is a policy behind HTTP. It loads a checkpoint once and
// answers every observation with an action:
//
//	go run ./examples/service runs/CartPole-v1-ppo-1/checkpoints/best
//	curl -d '{"observation": [0.1, 0, 0.05, 0]}' localhost:8080/act
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/proximal-rl/proximal/policy"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: service CHECKPOINT")
	}
	p, err := policy.Load(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Addr: "localhost:8080", Handler: newService(p), ReadTimeout: 5 * time.Second}
	log.Printf("listening on http://%s/act for %s, answering with %s", server.Addr, p.Observation(), p.Action())
	log.Fatal(server.ListenAndServe())
}

// service answers requests with the actions of a policy.
type service struct {
	policy *policy.Policy // shared: it is only read
	actors sync.Pool      // of *policy.Actor, which belong to one goroutine at a time
}

func newService(p *policy.Policy) http.Handler {
	s := &service{policy: p}
	s.actors.New = func() any { return p.NewActor() }
	mux := http.NewServeMux()
	mux.HandleFunc("POST /act", s.act)
	return mux
}

type request struct {
	Observation []float32 `json:"observation"`
}

type response struct {
	Action []float32 `json:"action"`
}

func (s *service) act(w http.ResponseWriter, r *http.Request) {
	var asked request
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if got, want := len(asked.Observation), s.policy.Observation().Size(); got != want {
		http.Error(w, fmt.Sprintf("observation has length %d, the policy needs %d", got, want), http.StatusBadRequest)
		return
	}
	actor := s.actors.Get().(*policy.Actor)
	defer s.actors.Put(actor)
	action := make([]float32, s.policy.Action().Size())
	actor.Act(action, asked.Observation, policy.Greedy)
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(response{action}); err != nil {
		log.Print("write answer: ", err)
	}
}
