package optim_test

import (
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/optim"
)

type settings struct {
	Optim optim.Config `toml:"optim"`
}

func TestDefaultsAreInRange(t *testing.T) {
	if err := config.Check(settings{optim.DefaultConfig()}); err != nil {
		t.Error(err)
	}
}

func TestConfigFromText(t *testing.T) {
	got := settings{optim.DefaultConfig()}
	want := got
	want.Optim.LearningRate = optim.Linear(2.5e-4, 0)
	want.Optim.Beta2 = 0.95
	want.Optim.MaxGradientNorm = 0
	document := "[optim]\nlearning_rate = 'linear(2.5e-4, 0)'\nbeta2 = 0.95\nmax_gradient_norm = 0\n"
	if err := config.Decode([]byte(document), "config.toml", &got); err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}

	want.Optim.LearningRate = optim.Constant(0.01)
	if err := config.Set(&got, []string{"optim.learning_rate=1e-2"}); err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestConfigOutOfRange(t *testing.T) {
	for _, assignment := range []string{
		"optim.learning_rate=-1e-4",
		"optim.learning_rate=linear(1e-3, -1e-3)",
		"optim.learning_rate=cosine(1e-3, 0)",
		"optim.beta1=1",
		"optim.beta2=-0.1",
		"optim.epsilon=0",
		"optim.max_gradient_norm=-0.5",
		"optim.max_gradient_norm=inf",
	} {
		got := settings{optim.DefaultConfig()}
		err := config.Set(&got, []string{assignment})
		key, _, _ := strings.Cut(assignment, "=")
		if err == nil || !strings.HasPrefix(err.Error(), key+" = ") {
			t.Errorf("%s: error %v", assignment, err)
		}
	}
}
