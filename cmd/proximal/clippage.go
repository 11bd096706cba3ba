package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/explain"
)

func newClipPage() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "page",
		Short: "Write an interactive page about the clip",
		Long: `Write one self-contained HTML file in which the range, the dual coefficient and
the advantage can be moved, and curves and table follow. It needs no network.`,
		Example: `  proximal clip page --out clip.html`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if out == "" {
				return unusable(errors.New("--out: must be a file name, such as clip.html"))
			}
			if err := os.WriteFile(out, explain.Page(), 0o644); err != nil {
				return fmt.Errorf("write page: %w", err)
			}
			fmt.Fprintln(c.OutOrStdout(), out)
			return nil
		},
	}
	c.Flags().StringVar(&out, "out", "clip.html", "file to write; replaced if it exists")
	return c
}
