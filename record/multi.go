package record

import "errors"

// Multi passes each row to several recorders. Its zero value has none and
// records nothing. A Multi is used by one goroutine at a time.
type Multi struct {
	gate
	recorders []Recorder
}

// NewMulti returns a recorder that keeps each row in every one of recorders,
// in their order. It owns them: Close closes all.
func NewMulti(recorders ...Recorder) *Multi {
	return &Multi{recorders: recorders}
}

// Record passes row to every recorder, also when one of them fails, and
// returns the errors of all. A row that breaks the rules of [Recorder] reaches
// none of them.
func (m *Multi) Record(row Row) error {
	if err := m.check(row); err != nil {
		return err
	}
	m.step = row.Step
	errs := make([]error, len(m.recorders))
	for i, recorder := range m.recorders {
		errs[i] = recorder.Record(row)
	}
	return errors.Join(errs...)
}

// Close closes every recorder, also when one of them fails, and returns the
// errors of all.
func (m *Multi) Close() error {
	if !m.close() {
		return nil
	}
	errs := make([]error, len(m.recorders))
	for i, recorder := range m.recorders {
		errs[i] = recorder.Close()
	}
	return errors.Join(errs...)
}
