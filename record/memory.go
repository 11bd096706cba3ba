package record

import (
	"slices"
	"sync"
)

// Memory keeps rows in memory, for tests and for displays inside the process.
// Its zero value is empty and ready. It is safe for concurrent use: one
// goroutine may record while others read.
type Memory struct {
	mu   sync.Mutex
	gate gate
	rows []Row
}

// Record keeps a copy of row.
func (m *Memory) Record(row Row) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.gate.check(row); err != nil {
		return err
	}
	m.gate.step = row.Step
	row.Scalars, row.Histograms = slices.Clone(row.Scalars), slices.Clone(row.Histograms)
	for i, h := range row.Histograms {
		row.Histograms[i].Counts = slices.Clone(h.Counts)
	}
	m.rows = append(m.rows, row)
	return nil
}

// Rows returns the rows so far, oldest first, also after Close. The slice is
// the caller's; what its rows hold is shared and must not be changed.
func (m *Memory) Rows() []Row {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.rows)
}

// Close ends recording. It always returns nil.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.gate.close()
	return nil
}
