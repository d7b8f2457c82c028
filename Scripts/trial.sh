# Builds nuncio for a trial; sourced by run and demo.
#
#   build_for_trial    # leaves the program’s path in $nuncio
#
# Most of the time of a release build goes into optimisation, and some into debug information: a trial does without them. The
# configuration is still “release”, which reads each module once, and not the one for debugging, which makes an index as well. The
# folder is another one than other builds use, because SwiftPM compiles everything again when options change.
build_for_trial() {
    swift build --scratch-path .build-trial --configuration release --product nuncio \
        -debug-info-format none -Xswiftc -Onone -Xcc -O0
    nuncio=.build-trial/release/nuncio
}
