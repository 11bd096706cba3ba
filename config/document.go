package config

import (
	"fmt"
	"reflect"
	"strings"
)

// Document is a settings file as a list of sections, in their order, for programs
// that only know at run time which there are. The zero value has none. It is used
// by one goroutine at a time.
type Document []Section

// Section is a part of a Document: its name, and a pointer to the struct that holds
// its settings. It is plain data.
type Section struct {
	Name     string
	Settings any
}

// Decode reads settings as the function Decode does.
func (d Document) Decode(data []byte, file string) error { return Decode(data, file, d.tree()) }

// Set applies assignments as the function Set does.
func (d Document) Set(assignments []string) error { return Set(d.tree(), assignments) }

// Encode writes all settings as the function Encode does. help has, for the type of
// each section such as "optim.Config", the meaning of its settings by name.
func (d Document) Encode(help map[string]map[string]string) ([]byte, error) {
	all := map[string]string{}
	for _, s := range d {
		for name, meaning := range help[reflect.TypeOf(s.Settings).Elem().String()] {
			all[s.Name+"."+name] = meaning
		}
	}
	return Encode(d.tree(), all)
}

// Check examines settings as the function Check does.
func (d Document) Check() error {
	if err := Check(d.tree()); err != nil {
		return fmt.Errorf("settings:\n%w", err)
	}
	return nil
}

// tree returns the document as a pointer to a struct of its sections, whose type is
// made here.
func (d Document) tree() any {
	var fields []reflect.StructField
	for _, s := range d {
		tag := reflect.StructTag(fmt.Sprintf("toml:%q", s.Name))
		fields = append(fields, reflect.StructField{Name: strings.ToUpper(s.Name), Type: reflect.TypeOf(s.Settings), Tag: tag})
	}
	tree := reflect.New(reflect.StructOf(fields))
	for i, s := range d {
		tree.Elem().Field(i).Set(reflect.ValueOf(s.Settings))
	}
	return tree.Interface()
}
