# Sets rlimits, closes every descriptor but those of bwrap and the program, ties itself to the host, and becomes the command.
# Called as: perl prelude.pl PID-OF-HOST NUMBER-OF-PRCTL NUMBER-OF-PRLIMIT64 [RESOURCE BYTES]... -- COMMAND...
use strict;

my ( $host, $prctl, $prlimit64 ) = map { $_ + 0 } splice @ARGV, 0, 3;
my ( $CLOSE_RANGE, $FIRST_FOREIGN, $LAST ) = ( 436, 7, 0xffffffff );
my ( $PR_SET_PDEATHSIG, $SIGKILL ) = ( 1, 9 );

sub call { syscall( $_[0], @_[ 1 .. $#_ ] ) != -1 or die "prelude: system call $_[0]: $!\n" }

# A host that opened or inherited descriptors without care must not pass them on.
call( $CLOSE_RANGE, $FIRST_FOREIGN, $LAST, 0 );
while ( @ARGV && $ARGV[0] ne "--" ) {
    my ( $resource, $bytes ) = splice @ARGV, 0, 2;
    my $value = pack "QQ", $bytes, $bytes;
    call( $prlimit64, 0, $resource + 0, $value, 0 );
}
shift @ARGV;
call( $prctl, $PR_SET_PDEATHSIG, $SIGKILL, 0, 0, 0 );
# The host may have died before this process asked to be told.
$host == getppid or exit 1;
exec { $ARGV[0] } @ARGV or die "prelude: cannot start $ARGV[0]: $!\n";
