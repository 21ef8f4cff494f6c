package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
)

// A Setting is one value of a configuration, for people.
type Setting struct {
	// Path is like "listeners[0].address".
	Path  string
	Value string
	// Given says that it stands in the file.
	Given bool
}

// Summary lists every value that is in force, in the order of the sample. Secrets are hidden.
func (c *Config) Summary() []Setting {
	var list []Setting
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		if key := v.Type().Field(i).Tag.Get("yaml"); key != "" {
			list = c.summarize(list, key, v.Field(i))
		}
	}
	return list
}

func (c *Config) summarize(list []Setting, path string, v reflect.Value) []Setting {
	_, given := c.lines[path]
	if text, ok := word(v); ok {
		return append(list, Setting{path, text, given})
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if key := v.Type().Field(i).Tag.Get("yaml"); key != "" {
				list = c.summarize(list, path+"."+key, v.Field(i))
			}
		}
	case reflect.Slice:
		if all, ok := words(v); ok {
			return append(list, Setting{path, all, given})
		}
		for i := range v.Len() {
			list = c.summarize(list, fmt.Sprintf("%s[%d]", path, i), v.Index(i))
		}
	}
	return list
}

// word gives a value that is one word. What hides itself from encoders stays hidden.
func word(v reflect.Value) (string, bool) {
	switch value := v.Interface().(type) {
	case Secret:
		return value.String(), true
	case fmt.Stringer:
		return strings.TrimPrefix(value.String(), "invalid Prefix"), true
	case encoding.TextMarshaler:
		b, err := value.MarshalText()
		return string(b), err == nil
	}
	switch v.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint16, reflect.Float64:
		return fmt.Sprint(v.Interface()), true
	}
	return "", false
}

// words joins a list whose entries are words; a list of structures is none.
func words(v reflect.Value) (string, bool) {
	if v.Len() == 0 {
		_, simple := word(reflect.Zero(v.Type().Elem()))
		return "", simple
	}
	var all []string
	for i := range v.Len() {
		text, ok := word(v.Index(i))
		if !ok {
			return "", false
		}
		all = append(all, text)
	}
	return strings.Join(all, ", "), true
}
