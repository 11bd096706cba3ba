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

// The clipped objective for a good and a bad action beside each other.
func ExamplePanels_Save() {
	ratios := []float64{0, 0.8, 1.2, 2}
	panel := func(title string, unclipped, clipped []float64) plot.Panel {
		return plot.Panel{
			Title: title, XLabel: "ratio r", YLabel: "objective",
			Lines: []plot.Line{
				{Name: "unclipped", X: ratios, Y: unclipped, Dashed: true},
				{Name: "clipped", X: ratios, Y: clipped, Strong: true},
			},
			Verticals: []plot.Vertical{{Name: "1−ε", X: 0.8}, {Name: "1+ε", X: 1.2}},
		}
	}
	sheet := plot.Panels{Panels: []plot.Panel{
		panel("A > 0", []float64{0, 0.8, 1.2, 2}, []float64{0, 0.8, 1.2, 1.2}),
		panel("A < 0", []float64{0, -0.8, -1.2, -2}, []float64{-0.8, -0.8, -1.2, -2}),
	}}

	dir, err := os.MkdirTemp("", "figure")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	fmt.Println(sheet.Save(filepath.Join(dir, "clip.svg")))
	// Output: <nil>
}

// The result of a sweep: a dot for each setting with its interval.
func ExampleLine() {
	sheet := plot.Panels{Panels: []plot.Panel{{
		Title: "CartPole-v1", XLabel: "clip range ε", YLabel: "final return",
		Categories: []string{"0.1", "0.2", "0.5"},
		Lines: []plot.Line{{
			Name: "mean of 5 seeds", Points: true,
			X:     []float64{0, 1, 2},
			Y:     []float64{490, 500, 310},
			Lower: []float64{470, 498, 190},
			Upper: []float64{500, 500, 420},
		}},
		Levels: []plot.Level{{Name: "solved: 475", Y: 475}},
	}}}
	dir, err := os.MkdirTemp("", "figure")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	fmt.Println(sheet.Save(filepath.Join(dir, "sweep.png")))
	// Output: <nil>
}

func ExampleSparkline() {
	fmt.Println(plot.Sparkline([]float64{9, 12, 20, 35, 60, 90, 140, 200, 310, 420, 500, 500}, 12))
	// Output: ▁▁▁▁▁▂▃▄▅▇██
}

func ExampleSmooth() {
	fmt.Println(plot.Smooth([]float64{0, 10, 20, 30}, 2))
	// Output: [0 5 15 25]
}
