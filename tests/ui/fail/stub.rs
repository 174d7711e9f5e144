//! One mistake is one error, whatever else uses the type

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

impl Workload for Web {
    fn pod(&self) -> PodTemplateSpec {
        PodTemplateSpec::default()
    }
}

fn resource<R: HealingResource>(_: &R) {}

fn main() {
    let web = Web::new("web", WebSpec { size: 3 });
    resource(&web);
    println!("{:?} {} {:?}", web.spec, web.name_any(), web.validate(None));
}
