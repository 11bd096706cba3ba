package record_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/proximal-rl/proximal/record"
)

// A run writes each row to several files at once and keeps it for the display.
func Example() {
	dir, err := os.MkdirTemp("", "run")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	lines, err := record.NewJSONLines(filepath.Join(dir, "metrics.jsonl"))
	if err != nil {
		log.Fatal(err)
	}
	board, err := record.NewTensorBoard(filepath.Join(dir, record.TensorBoardFile), time.Now)
	if err != nil {
		log.Fatal(err)
	}
	var shown record.Memory
	recorder := record.NewMulti(lines, board, &shown)

	for step := int64(2048); step <= 6144; step += 2048 {
		row := record.Row{Step: step}
		row.Add(record.RolloutReturnMean, float64(step)/100)
		row.Add(record.PolicyKL, 0.004)
		if err := recorder.Record(row); err != nil {
			log.Fatal(err)
		}
	}
	if err := recorder.Close(); err != nil {
		log.Fatal(err)
	}

	rows, torn, err := record.ReadFile(filepath.Join(dir, "metrics.jsonl"))
	if err != nil {
		log.Fatal(err)
	}
	x, y := record.Series(rows, record.RolloutReturnMean)
	fmt.Println(x, y, torn, len(shown.Rows()))
	// Output: [2048 4096 6144] [20.48 40.96 61.44] 0 3
}

func ExampleFind() {
	metric, err := record.Find(record.PolicyKL1)
	fmt.Println(metric.Unit, metric.Better, err)
	_, err = record.Find("policy/clip_fracton")
	fmt.Println(err)
	// Output:
	// nats neither <nil>
	// unknown metric "policy/clip_fracton"; the nearest is "policy/clip_fraction"
}

func ExampleNewCSV() {
	dir, err := os.MkdirTemp("", "run")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "metrics.csv")

	recorder, err := record.NewCSV(path, record.PolicyKL, record.PolicyStd)
	if err != nil {
		log.Fatal(err)
	}
	row := record.Row{Step: 64}
	row.Add(record.PolicyStd, 0.5)
	if err := recorder.Record(row); err != nil {
		log.Fatal(err)
	}
	if err := recorder.Close(); err != nil {
		log.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q\n", text)
	// Output: "step,policy/kl,policy/std\r\n64,,0.5\r\n"
}

// A line that the process did not finish is left out and counted.
func ExampleParse() {
	rows, torn, err := record.Parse([]byte("{\"step\":1,\"policy/kl\":0.5}\n{\"step\":2,\"pol"))
	fmt.Println(len(rows), rows[0].Scalars, torn, err)
	// Output: 1 [{policy/kl 0.5}] 14 <nil>
}

func ExampleHistogram() {
	h := record.Histogram{Name: record.PolicyLogRatio, Low: -1, High: 1, Counts: []int{2, 40, 57, 1}}
	fmt.Printf("%d below %g\n", h.Counts[0], h.Edge(0))
	for i := range h.Bins() {
		fmt.Printf("%d from %g to below %g\n", h.Counts[i+1], h.Edge(i), h.Edge(i+1))
	}
	fmt.Printf("%d from %g upwards, %d in all\n", h.Counts[h.Bins()+1], h.Edge(h.Bins()), h.Total())
	// Output:
	// 2 below -1
	// 40 from -1 to below 0
	// 57 from 0 to below 1
	// 1 from 1 upwards, 100 in all
}
