package config

import (
	"fmt"
	"strings"
)

// Unknown returns the error for a name that does not exist, of a kind such as
// "environment": it tells the nearest of the valid names or, if none is near,
// all of them.
func Unknown(kind, name string, valid []string) error {
	const most = 3
	if near := Nearest(name, valid, most); len(near) > 0 {
		return fmt.Errorf("unknown %s %q; did you mean %s?", kind, name, strings.Join(near, " or "))
	}
	return fmt.Errorf("unknown %s %q; there are: %s", kind, name, strings.Join(valid, ", "))
}
