package config

import (
	"fmt"
	"slices"
	"time"
)

// Drop is a folder in which programs leave mail as files.
type Drop struct {
	Name        string   `yaml:"name"`
	Folder      string   `yaml:"folder"`
	Poll        Duration `yaml:"poll"`
	Grace       Duration `yaml:"grace"`
	MessageSize Size     `yaml:"message_size"`
}

func (d *Drop) setDefaults() {
	*d = Drop{Poll: Duration(time.Second), Grace: Duration(time.Second), MessageSize: 50 << 20}
}

func (v *validator) drops(c *Config) {
	for i := range c.Drop {
		d, path := &c.Drop[i], fmt.Sprintf("drop[%d]", i)
		v.check(d.Name != "", path+".name", "is needed: routes, logs and metrics use it")
		v.check(!slices.Contains(sourceKinds, d.Name), path+".name", "%q is the name of a kind of source", d.Name)
		v.check(d.Folder != "", path+".folder", "is needed")
		v.check(d.Poll >= Duration(100*time.Millisecond), path+".poll", "must be 100ms at least")
		v.check(d.MessageSize > 0, path+".message_size", "must not be 0")
	}
}
