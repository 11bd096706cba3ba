package train

import "github.com/proximal-rl/proximal/record"

// The names of what is in the folder of a run.
const (
	ConfigFile      = record.ConfigFile
	MetricsFile     = record.MetricsFile
	TensorBoardFile = record.TensorBoardDir + "/" + record.TensorBoardFile
	SummaryFile     = record.SummaryFile
	LastCheckpoint  = record.CheckpointsDir + "/last" // without the extension
	BestCheckpoint  = record.CheckpointsDir + "/best" // likewise
)
