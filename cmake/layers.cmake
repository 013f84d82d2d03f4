# The layer table: which module may include which. One row a module: its name (its folder under src/),
# then the folders it may include besides itself. Read by cmake/modules.cmake, which refuses a wrong
# edge when CMake configures, and by cmake/check_layers.cmake, which refuses a wrong #include in the tests.
# A row's right side names folders: "view" allows every header below src/view.
set(NPG_LAYERS
    "base:"
    "fact:base"
    "format/regf:base"
    "format/evtx:base"
    "format/pe:base"
    "format/reg_export:base"
    "format/authenticode:base"
    "format/catalog:base"
    "view:base,fact/origin.hpp"
    "source/hive:base,fact,format,view"
    "source/reg_export:base,fact,format,view"
    "source/evtx_log:base,fact,format,view"
    "source/image:base,fact,format,view"
    "source/trust:base,fact,format,view"
    "source/collection:base,fact,format,view"
    "extract:base,fact,view"
    "analysis/inventory:base,fact"
    "analysis/detect:base,fact"
    "analysis/exposure:base,fact"
    "analysis/posture:base,fact"
    "analysis/coverage:base,fact"
    "casefile:base,fact"
    "report:base,fact"
    "attack:base"
    "app:base,fact,format,view,source,extract,analysis,report,attack"
    "testing:base,fact,format,view"
    "programs/cli:base,app"
    "programs/example_host:base,testing"
)
