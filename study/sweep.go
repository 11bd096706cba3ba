package study

import (
	"fmt"

	"github.com/proximal-rl/proximal/config"
)

// Sweep describes a grid of runs: every variant of the settings on every
// environment with every seed. The zero value has no environment and no seed;
// DefaultSweep begins with five seeds. It is plain data.
//
// In every list of assignments a value may be several, separated by commas:
// "ppo.clip=0.1,0.2" stands for two variants, and two such lists for their
// product.
type Sweep struct {
	// What the sweep is about, the title of its tables.
	Title string `toml:"title"`
	// Algorithm of all variants that do not name their own.
	Algorithm string `toml:"algorithm"`
	// Ids of the environments of all variants that do not name their own.
	Environments []string `toml:"environments"`
	// Runs of each variant on each environment, under consecutive seeds.
	Seeds int `toml:"seeds" range:"[1, 10000]"`
	// The first of the seeds.
	FirstSeed uint64 `toml:"first_seed"`
	// Environment steps of a run. 0: the preset's.
	Steps int `toml:"steps" range:"[0, inf)"`
	// Assignments that all variants share, such as "eval.final_episodes=20".
	Set []string `toml:"set"`
	// What is compared. None: the one variant, or grid, that set describes.
	Variants Variants `toml:"variant"`
}

// Variants are the variants of a sweep, [[variant]] in its file. It is plain
// data.
type Variants []Variant

// Variant is one choice of settings, changed against the preset of each
// environment. Its zero value changes nothing. It is plain data.
type Variant struct {
	// Name in tables, and of the folder. Empty: the assignments in which it differs.
	Name string `toml:"name"`
	// Assignments, besides those that all variants share.
	Set []string `toml:"set"`
	// Algorithm. Empty: the sweep's.
	Algorithm string `toml:"algorithm"`
	// Ids of the environments. None: the sweep's.
	Environments []string `toml:"environments"`
	// Environment steps of a run. 0: the sweep's.
	Steps int `toml:"steps" range:"[0, inf)"`
	// Name of the variant whose last policy, of the same seed, a run starts from.
	From string `toml:"from"`
}

// DefaultSweep is PPO with seeds 0 to 4.
func DefaultSweep() Sweep { return Sweep{Algorithm: "ppo", Seeds: 5} }

// ParseSweep reads a sweep from TOML; what it does not name is as in
// DefaultSweep. file is where it is from, for messages. The error names all
// problems.
func ParseSweep(data []byte, file string) (Sweep, error) {
	s := DefaultSweep()
	if err := config.Decode(data, file, &s); err != nil {
		return Sweep{}, err
	}
	return s, nil
}

// Encode writes the sweep as TOML that ParseSweep reads back as the same sweep.
func (s Sweep) Encode() ([]byte, error) { return config.Encode(s, nil) }

// ConfigValue is the variants as package config writes them.
func (v Variants) ConfigValue() any {
	tables := make([]any, len(v))
	for i := range v {
		tables[i] = v[i]
	}
	return tables
}

// SetConfigValue reads the variants from what package config found.
func (v *Variants) SetConfigValue(in any) error {
	tables, ok := in.([]any)
	if !ok {
		return fmt.Errorf("must be a list of tables, each under [[variant]]")
	}
	variants := make(Variants, len(tables))
	for i := range tables {
		table, ok := tables[i].(map[string]any)
		if !ok {
			return fmt.Errorf("must be a list of tables, each under [[variant]]")
		}
		if err := config.SetMap(&variants[i], "", table); err != nil {
			return fmt.Errorf("number %d: %w", i+1, err)
		}
	}
	*v = variants
	return nil
}
