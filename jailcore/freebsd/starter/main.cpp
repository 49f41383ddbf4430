#include "jailcore/contract/starter.hpp"

int main(int argc, char** argv) {
    return jailcore::starter_main(argc, argv);
}
