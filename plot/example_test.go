package plot_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/proximal-rl/proximal/plot"
	"github.com/proximal-rl/proximal/record"
)

// A learning curve from the metrics that a run recorded.
func ExampleFigure_Save() {
	rows, _, err := record.Parse([]byte(`{"step":2048,"eval/return_mean":21.5}
{"step":4096,"eval/return_mean":180}
{"step":6144,"eval/return_mean":500}
`))
	if err != nil {
		log.Fatal(err)
	}
	metric, err := record.Find(record.EvalReturnMean)
	if err != nil {
		log.Fatal(err)
	}

	figure := plot.OfMetric(metric)
	figure.Title = "CartPole-v1"
	x, y := record.Series(rows, metric.Name)
	figure.Groups = []plot.Group{{Name: "PPO", Runs: []plot.Series{{Name: "seed 1", X: x, Y: y}}}}
	figure.Levels = []plot.Level{{Name: "solved: 475", Y: 475}}

	dir, err := os.MkdirTemp("", "figure")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	fmt.Println(figure.Save(filepath.Join(dir, "curve.png")))
	fmt.Println(figure.YLabel)
	// Output:
	// <nil>
	// eval/return_mean (reward)
}

func ExampleSparkline() {
	fmt.Println(plot.Sparkline([]float64{9, 12, 20, 35, 60, 90, 140, 200, 310, 420, 500, 500}, 12))
	// Output: ▁▁▁▁▁▂▃▄▅▇██
}

func ExampleSmooth() {
	fmt.Println(plot.Smooth([]float64{0, 10, 20, 30}, 2))
	// Output: [0 5 15 25]
}
